#include "Instructions/tensor_cores.h"

#include <cstring>

#include "Instructions/numbers.h"

namespace emulator {

namespace {

template <typename Sum> struct Fragments {
    Sum *c;
    const uint32_t *a, *b;
};

float widen_bf16(uint32_t word, int i) { return float_of_bits(word >> (16 * i) << 16); }
float widen_f16(uint32_t word, int i) { return float_of_f16(uint16_t(word >> (16 * i))); }
int32_t widen_s8(uint32_t word, int i) { return int8_t(word >> (8 * i)); }
float widen_e4m3(uint32_t word, int i) {
    uint32_t byte = word >> (8 * i), magnitude = byte & 0x7F;
    float value = magnitude == 0x7F ? __builtin_nanf("") : float_of_bits(magnitude << 20) * 0x1p120f;
    return byte & 0x80 ? -value : value;
}

/// D[16][8] = A[16][k] B[k][8] + D, with `perWord` elements in a register and k = 8 perWord.
template <typename Sum, int perWord, Sum (*widen)(uint32_t, int)>
void multiply(void *const *operands, uint32_t lanes) {
    constexpr int k = 8 * perWord;
    Sum a[16][k], b[k][8], d[16][8];
    auto fragments = [&](int lane) { return static_cast<Fragments<Sum> *>(operands[lane]); };
    if (lanes != 0xFFFFFFFFu) fault(current->site, "a matrix product needs all 32 lanes; there are %08x", lanes);
    for (int lane = 0; lane < 32; lane++) {
        const Fragments<Sum> &own = *fragments(lane);
        int g = lane / 4, t = lane % 4;
        for (int i = 0; i < perWord; i++) {
            int column = t * perWord + i;
            a[g][column] = widen(own.a[0], i);
            a[g + 8][column] = widen(own.a[1], i);
            a[g][column + k / 2] = widen(own.a[2], i);
            a[g + 8][column + k / 2] = widen(own.a[3], i);
            b[column][g] = widen(own.b[0], i);
            b[column + k / 2][g] = widen(own.b[1], i);
        }
        for (int i = 0; i < 4; i++) d[g + i / 2 * 8][2 * t + i % 2] = own.c[i];
    }
    for (int row = 0; row < 16; row++) {
        for (int j = 0; j < k; j++) {
            for (int column = 0; column < 8; column++) d[row][column] += a[row][j] * b[j][column];
        }
    }
    for (int lane = 0; lane < 32; lane++) {
        int g = lane / 4, t = lane % 4;
        for (int i = 0; i < 4; i++) fragments(lane)->c[i] = d[g + i / 2 * 8][2 * t + i % 2];
    }
}

struct MatrixOperand {
    uint32_t *result;
    int count;
    bool transposed;
    const void *row;
};

/// The rows' addresses come from lanes 0 to 8 count - 1; every lane gets its piece of each matrix.
void load_rows(void *const *operands, uint32_t lanes) {
    auto operand = [&](int lane) { return static_cast<MatrixOperand *>(operands[lane]); };
    if (lanes != 0xFFFFFFFFu) fault(current->site, "loading matrices needs all 32 lanes; there are %08x", lanes);
    for (int matrix = 0; matrix < operand(0)->count; matrix++) {
        uint16_t elements[8][8];
        for (int row = 0; row < 8; row++) std::memcpy(elements[row], operand(matrix * 8 + row)->row, 16);
        for (int lane = 0; lane < 32; lane++) {
            int g = lane / 4, t = lane % 4;
            uint32_t low = operand(lane)->transposed ? elements[2 * t][g] : elements[g][2 * t];
            uint32_t high = operand(lane)->transposed ? elements[2 * t + 1][g] : elements[g][2 * t + 1];
            operand(lane)->result[matrix] = low | high << 16;
        }
    }
}

constexpr Operation bf16Product = {"mma_bf16", multiply<float, 2, widen_bf16>};
constexpr Operation f16Product = {"mma_f16", multiply<float, 2, widen_f16>};
constexpr Operation s8Product = {"mma_s8", multiply<int32_t, 4, widen_s8>};
constexpr Operation e4m3Product = {"mma_e4m3", multiply<float, 4, widen_e4m3>};
constexpr Operation matrixLoads[3] = {
    {"load_matrix_x1", load_rows}, {"load_matrix_x2", load_rows}, {"load_matrix_x4", load_rows}};

}  // namespace

void mma_bf16(float (&c)[4], const uint32_t (&a)[4], const uint32_t (&b)[2], Site site) {
    Fragments<float> own = {c, a, b};
    meet(0xFFFFFFFFu, bf16Product, &own, site);
}

void mma_f16(float (&c)[4], const uint32_t (&a)[4], const uint32_t (&b)[2], Site site) {
    Fragments<float> own = {c, a, b};
    meet(0xFFFFFFFFu, f16Product, &own, site);
}

void mma_s8(int32_t (&c)[4], const uint32_t (&a)[4], const uint32_t (&b)[2], Site site) {
    Fragments<int32_t> own = {c, a, b};
    meet(0xFFFFFFFFu, s8Product, &own, site);
}

void mma_e4m3(float (&c)[4], const uint32_t (&a)[4], const uint32_t (&b)[2], Site site) {
    if (architecture() < 89) fault(site, "mma_e4m3 needs sm_89; this plays sm_%d", architecture());
    Fragments<float> own = {c, a, b};
    meet(0xFFFFFFFFu, e4m3Product, &own, site);
}

void load_matrices(uint32_t *result, int count, bool transposed, const void *row, Site site) {
    MatrixOperand own = {result, count, transposed, row};
    meet(0xFFFFFFFFu, matrixLoads[count / 2], &own, site);
}

}  // namespace emulator
