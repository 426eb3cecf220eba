// Kernels by their name expression, as NVRTC would be asked for them.
#pragma once

namespace emulator {

struct Kernel {
    const char *name;
    void (*run)(const void *arguments);
    int argumentSize;
    const Kernel *next;
};

/// One object per kernel and instance, of static lifetime; see ZONDA_EMULATE.
class Registration {
  public:
    template <typename Arguments>
    Registration(const char *name, void (*run)(const void *), void (*)(Arguments))
        : kernel{name, run, int(sizeof(Arguments)), nullptr} {
        static_assert(__is_trivially_copyable(Arguments), "a kernel's arguments are one struct of plain fields");
        add();
    }

  private:
    void add();
    Kernel kernel;
};

/// Null when there is no such kernel. Spaces in the name don't matter.
const Kernel *find_kernel(const char *name);

template <auto kernel> struct Entry;
template <typename Arguments, void (*kernel)(Arguments)> struct Entry<kernel> {
    static void run(const void *arguments) { kernel(*static_cast<const Arguments *>(arguments)); }
};

}  // namespace emulator

#define ZONDA_JOIN_(a, b) a##b
#define ZONDA_JOIN(a, b) ZONDA_JOIN_(a, b)

/// Makes a kernel known under exactly the name expression that its launcher uses: ZONDA_EMULATE(linear<Q4_K, 1>);
#define ZONDA_EMULATE(...)                                                                                             \
    static const ::emulator::Registration ZONDA_JOIN(registration, __COUNTER__)(                                       \
        #__VA_ARGS__, &::emulator::Entry<&__VA_ARGS__>::run, &__VA_ARGS__)
