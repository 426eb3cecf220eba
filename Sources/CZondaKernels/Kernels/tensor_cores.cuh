// Matrix products of one warp, and the loads that bring tiles of shared memory into their registers.
//
// With g = lane / 4 and t = lane % 4 the registers of a lane hold, of D[16][8] = A[16][k] B[k][8] + D:
//   c[0..1] D[g][2t, 2t+1], c[2..3] D[g+8][2t, 2t+1].
//   k = 16, two 16-bit values a register (the lower half first):
//     a[0] A[g][2t, 2t+1]   a[1] A[g+8][2t, 2t+1]   a[2] A[g][2t+8, 2t+9]   a[3] A[g+8][2t+8, 2t+9]
//     b[0] B[2t, 2t+1][g]   b[1] B[2t+8, 2t+9][g]
//   k = 32, four 8-bit values a register:
//     a[0] A[g][4t...4t+3]  a[1] A[g+8][4t...]      a[2] A[g][4t+16...]     a[3] A[g+8][4t+16...]
//     b[0] B[4t...4t+3][g]  b[1] B[4t+16...][g]
// All 32 lanes take part. Sums are f32 in an order that the GPU chooses: compare with a tolerance.
#pragma once

#ifdef ZONDA_EMULATOR
#define ZONDA_MMA(name, Sum, constraint, instruction)                                                                  \
    DEVICE void name(Sum(&c)[4], const uint32_t(&a)[4], const uint32_t(&b)[2] AND_HERE) {                              \
        emulator::name(c, a, b, site);                                                                                 \
    }
#else
#define ZONDA_MMA(name, Sum, constraint, instruction)                                                                  \
    DEVICE void name(Sum(&c)[4], const uint32_t(&a)[4], const uint32_t(&b)[2]) {                                       \
        asm("mma.sync.aligned." instruction " {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"         \
            : constraint(c[0]), constraint(c[1]), constraint(c[2]), constraint(c[3])                                   \
            : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));                                       \
    }
#endif
ZONDA_MMA(mma_bf16, float, "+f", "m16n8k16.row.col.f32.bf16.bf16.f32")
ZONDA_MMA(mma_f16, float, "+f", "m16n8k16.row.col.f32.f16.f16.f32")
/// Signed bytes, exact.
ZONDA_MMA(mma_s8, int32_t, "+r", "m16n8k32.row.col.s32.s8.s8.s32")
#if defined(ZONDA_EMULATOR) || !defined(__CUDA_ARCH__) || __CUDA_ARCH__ >= 890
/// From sm_89 on; NVRTC knows no such function before: guard calls with `#if` in a kernel of its own.
ZONDA_MMA(mma_e4m3, float, "+f", "m16n8k32.row.col.f32.e4m3.e4m3.f32")
#endif
#undef ZONDA_MMA

// Matrices of 8 rows of 16 bytes. Lane l gives the address of row l % 8 of matrix l / 8 (x1: lanes 0-7, x2: 0-15
// count, the others may pass anything valid), and gets of each matrix the 32-bit word t of row g; with `_transposed`
// elements [2t][g] and [2t+1][g] instead (16-bit elements). Addresses are multiples of 16 bytes.
#ifdef ZONDA_EMULATOR
#define ZONDA_LDMATRIX(name, count, trans, suffix, outputs, ...)                                                       \
    template <typename T> DEVICE void name(uint32_t(&r)[count], Shared<T> row AND_HERE) {                              \
        emulator::load_matrices(r, count, trans, row, site);                                                           \
    }
#else
#define ZONDA_LDMATRIX(name, count, trans, suffix, outputs, ...)                                                       \
    template <typename T> DEVICE void name(uint32_t(&r)[count], Shared<T> row) {                                       \
        asm volatile("ldmatrix.sync.aligned.m8n8." suffix ".shared.b16 " outputs ";"                                   \
                     : __VA_ARGS__                                                                                     \
                     : "r"(shared_address(row))                                                                        \
                     : "memory");                                                                                      \
    }
#endif
#define ZONDA_R(i) "=r"(r[i])
ZONDA_LDMATRIX(load_matrix_x1, 1, false, "x1", "{%0}, [%1]", ZONDA_R(0))
ZONDA_LDMATRIX(load_matrix_x2, 2, false, "x2", "{%0, %1}, [%2]", ZONDA_R(0), ZONDA_R(1))
ZONDA_LDMATRIX(load_matrix_x4, 4, false, "x4", "{%0, %1, %2, %3}, [%4]", ZONDA_R(0), ZONDA_R(1), ZONDA_R(2), ZONDA_R(3))
ZONDA_LDMATRIX(load_matrix_x1_transposed, 1, true, "x1.trans", "{%0}, [%1]", ZONDA_R(0))
ZONDA_LDMATRIX(load_matrix_x2_transposed, 2, true, "x2.trans", "{%0, %1}, [%2]", ZONDA_R(0), ZONDA_R(1))
ZONDA_LDMATRIX(
    load_matrix_x4_transposed, 4, true, "x4.trans", "{%0, %1, %2, %3}, [%4]", ZONDA_R(0), ZONDA_R(1), ZONDA_R(2),
    ZONDA_R(3))
#undef ZONDA_R
#undef ZONDA_LDMATRIX
