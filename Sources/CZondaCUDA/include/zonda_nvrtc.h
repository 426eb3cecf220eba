// The functions of libnvrtc that Zonda calls: the compiler of kernels.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum zonda_nvrtc_result : int32_t {
    ZONDA_NVRTC_SUCCESS = 0,
    ZONDA_NVRTC_ERROR_OUT_OF_MEMORY = 1,
    ZONDA_NVRTC_ERROR_INVALID_OPTION = 5,
    /// The program's log says what is wrong with the source.
    ZONDA_NVRTC_ERROR_COMPILATION = 6,
    /// libnvrtc-builtins was not found beside libnvrtc.
    ZONDA_NVRTC_ERROR_BUILTIN_OPERATION_FAILURE = 7,
    ZONDA_NVRTC_ERROR_NAME_EXPRESSION_NOT_VALID = 10,
};
typedef enum zonda_nvrtc_result zonda_nvrtc_result;

typedef struct zonda_nvrtc_program_object *zonda_nvrtc_program;

/// One function per call of NVRTC, all of them present from CUDA 12.0 on. May be used from several threads, each with
/// programs of its own.
typedef struct __attribute__((swift_attr("@Sendable"))) zonda_nvrtc {
    zonda_nvrtc_result (*_Nonnull nvrtcVersion)(int32_t *_Nonnull major, int32_t *_Nonnull minor);
    const char *_Nullable (*_Nonnull nvrtcGetErrorString)(zonda_nvrtc_result result);
    zonda_nvrtc_result (*_Nonnull nvrtcGetNumSupportedArchs)(int32_t *_Nonnull count);
    /// 10 * major + minor of the compute capabilities, ascending; without the variants a and f.
    zonda_nvrtc_result (*_Nonnull nvrtcGetSupportedArchs)(int32_t *_Nonnull architectures);
    zonda_nvrtc_result (*_Nonnull nvrtcCreateProgram)(
        zonda_nvrtc_program _Nullable *_Nonnull program, const char *_Nonnull source, const char *_Nullable name,
        int32_t header_count, const char *_Nonnull const *_Nullable headers,
        const char *_Nonnull const *_Nullable header_names);
    zonda_nvrtc_result (*_Nonnull nvrtcDestroyProgram)(zonda_nvrtc_program _Nullable *_Nonnull program);
    zonda_nvrtc_result (*_Nonnull nvrtcAddNameExpression)(
        zonda_nvrtc_program _Nonnull program, const char *_Nonnull expression);
    zonda_nvrtc_result (*_Nonnull nvrtcCompileProgram)(
        zonda_nvrtc_program _Nonnull program, int32_t option_count, const char *_Nonnull const *_Nullable options);
    /// The name belongs to the program and ends with it.
    zonda_nvrtc_result (*_Nonnull nvrtcGetLoweredName)(
        zonda_nvrtc_program _Nonnull program, const char *_Nonnull expression,
        const char *_Nullable *_Nonnull lowered);
    /// With the 0 at the end.
    zonda_nvrtc_result (*_Nonnull nvrtcGetProgramLogSize)(
        zonda_nvrtc_program _Nonnull program, size_t *_Nonnull byte_count);
    zonda_nvrtc_result (*_Nonnull nvrtcGetProgramLog)(zonda_nvrtc_program _Nonnull program, char *_Nonnull log);
    /// 0 when the architecture was a virtual one (compute_80), which gives PTX only.
    zonda_nvrtc_result (*_Nonnull nvrtcGetCUBINSize)(
        zonda_nvrtc_program _Nonnull program, size_t *_Nonnull byte_count);
    zonda_nvrtc_result (*_Nonnull nvrtcGetCUBIN)(zonda_nvrtc_program _Nonnull program, char *_Nonnull cubin);
} zonda_nvrtc;

/// Fills `nvrtc` with the symbols of a library opened by dlopen. Returns null, or the first symbol that it lacks: then
/// `nvrtc` is incomplete and must not be called.
const char *_Nullable zonda_nvrtc_load(void *_Nonnull library, zonda_nvrtc *_Nonnull nvrtc);

#ifdef __cplusplus
}
#endif
