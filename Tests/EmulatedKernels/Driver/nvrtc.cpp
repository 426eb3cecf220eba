// The compiler: it looks names up.
#include <cstdlib>
#include <cstring>
#include <set>
#include <string>
#include <vector>

#include "Driver/image.h"
#include "Execution/launch.h"
#include "zonda_emulator.h"

struct zonda_nvrtc_program_object {
    std::string name, log, image;
    std::set<std::string> expressions;
};

namespace emulator {

namespace {

zonda_nvrtc_result version(int32_t *major, int32_t *minor) {
    *major = 13, *minor = 0;
    return ZONDA_NVRTC_SUCCESS;
}

const char *error_text(zonda_nvrtc_result result) {
    return result == ZONDA_NVRTC_ERROR_COMPILATION ? "NVRTC_ERROR_COMPILATION" : "NVRTC error of the emulator";
}

constexpr int32_t architectures[] = {80, 86, 89, 90, 100, 120};

zonda_nvrtc_result architecture_count(int32_t *count) {
    *count = int32_t(std::size(architectures));
    return ZONDA_NVRTC_SUCCESS;
}

zonda_nvrtc_result supported_architectures(int32_t *numbers) {
    std::memcpy(numbers, architectures, sizeof architectures);
    return ZONDA_NVRTC_SUCCESS;
}

zonda_nvrtc_result create(
    zonda_nvrtc_program *program, const char *, const char *name, int32_t, const char *const *, const char *const *) {
    *program = new zonda_nvrtc_program_object{name != nullptr ? name : "", "", "", {}};
    return ZONDA_NVRTC_SUCCESS;
}

zonda_nvrtc_result destroy(zonda_nvrtc_program *program) {
    delete *program;
    *program = nullptr;
    return ZONDA_NVRTC_SUCCESS;
}

zonda_nvrtc_result add(zonda_nvrtc_program program, const char *expression) {
    program->expressions.insert(expression);
    return ZONDA_NVRTC_SUCCESS;
}

zonda_nvrtc_result compile(zonda_nvrtc_program program, int32_t count, const char *const *options) {
    Image image = {configuration.architecture, {}};
    for (int32_t i = 0; i < count; i++) {
        const char *value = std::strstr(options[i], "=sm_");
        if (value != nullptr) image.architecture = std::atoi(value + 4);
    }
    for (const std::string &expression : program->expressions) {
        image.names.push_back(expression);
        if (find_kernel(expression.c_str()) != nullptr) continue;
        program->log += program->name + ": the emulator does not know " + expression +
                        "; write ZONDA_EMULATE(" + expression + ") where it includes the file\n";
    }
    program->image = image.text();
    return program->log.empty() ? ZONDA_NVRTC_SUCCESS : ZONDA_NVRTC_ERROR_COMPILATION;
}

zonda_nvrtc_result lowered(zonda_nvrtc_program program, const char *expression, const char **name) {
    auto found = program->expressions.find(expression);
    if (found == program->expressions.end()) return ZONDA_NVRTC_ERROR_NAME_EXPRESSION_NOT_VALID;
    *name = found->c_str();
    return ZONDA_NVRTC_SUCCESS;
}

zonda_nvrtc_result log_size(zonda_nvrtc_program program, size_t *size) {
    *size = program->log.size() + 1;
    return ZONDA_NVRTC_SUCCESS;
}
zonda_nvrtc_result get_log(zonda_nvrtc_program program, char *log) {
    std::memcpy(log, program->log.c_str(), program->log.size() + 1);
    return ZONDA_NVRTC_SUCCESS;
}

zonda_nvrtc_result cubin_size(zonda_nvrtc_program program, size_t *size) {
    *size = program->image.size() + 1;
    return ZONDA_NVRTC_SUCCESS;
}
zonda_nvrtc_result cubin(zonda_nvrtc_program program, char *cubin) {
    std::memcpy(cubin, program->image.c_str(), program->image.size() + 1);
    return ZONDA_NVRTC_SUCCESS;
}

const zonda_nvrtc table = {
    version, error_text, architecture_count, supported_architectures, create, destroy, add, compile, lowered, log_size,
    get_log, cubin_size, cubin,
};

}  // namespace

}  // namespace emulator

const zonda_nvrtc *zonda_emulated_nvrtc(void) { return &emulator::table; }
