// Rows for products whose blocks do not prepare their own: norm(input) as 16-bit terms, with sums of 16 and a scale a row
// (prepared_rows.cuh says how).   [rows, columns] f32 -> [terms][rows][stride] f16 or bf16
//   grid (rows), 256 threads, 96 bytes of shared memory.
#include "prepared_rows.cuh"

template <typename Term, int terms> __global__ void __launch_bounds__(256)
prepare_rows(const __grid_constant__ zonda_prepare_arguments args) {
    SharedArena arena;
    Shared<float> scratch = arena.array<float>(24);
    wait_for_previous();
    launch_next();
    if (int(blockIdx.x) >= true_rows(args.rows)) return;
    RowStore<Space::global> store = {
        Global<uint16_t>(args.output.values), Global<float>(args.output.sums), Global<float>(args.output.scales),
        args.output.plane_stride};
    prepare_row<Term, terms>(args.rows, blockIdx.x, blockIdx.x, store, scratch);
}

// instantiate: prepare_rows<f16, 1>
// instantiate: prepare_rows<bf16, 1>
// instantiate: prepare_rows<bf16, 2>
