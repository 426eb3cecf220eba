// Matrix products of a warp, and loads of matrices from shared memory. Layouts: see tensor_cores.cuh.
#pragma once
#include "Execution/warp.h"
#include "Memory/access.h"

namespace emulator {

void mma_bf16(float (&c)[4], const uint32_t (&a)[4], const uint32_t (&b)[2], Site site);
void mma_f16(float (&c)[4], const uint32_t (&a)[4], const uint32_t (&b)[2], Site site);
void mma_s8(int32_t (&c)[4], const uint32_t (&a)[4], const uint32_t (&b)[2], Site site);
void mma_e4m3(float (&c)[4], const uint32_t (&a)[4], const uint32_t (&b)[2], Site site);

void load_matrices(uint32_t *result, int count, bool transposed, const void *row, Site site);

template <typename View> void load_matrices(uint32_t *result, int count, bool transposed, View row, Site site) {
    if (int(current->lane) < 8 * count) observe(row.pointer, 16, 16, row.extent, Access::read, true, site);
    load_matrices(result, count, transposed, static_cast<const void *>(row.pointer), site);
}

}  // namespace emulator
