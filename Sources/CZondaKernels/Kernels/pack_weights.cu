// Rows of a file into a packed weight, on the device: [rows, columns] in the file's encoding -> tiles of 16 rows.
//
// A warp packs one unit of one tile; rows beyond the last are zeros. Columns are a multiple of the file's block (for plain
// numbers any count: the rest of the last unit is zero).
//   grid (units of a tile / 4, tiles), 128 threads, no shared memory.
#include "pack_fields.cuh"
#include "pack_files.cuh"
#include "zonda_pack.h"

/// The unit of this warp; false when there is none.
template <typename W> DEVICE bool packed_unit(const zonda_pack_arguments &args, int &unit, Global<uint8_t> &to) {
    const int units = divide_up(args.columns, W::columns);
    unit = blockIdx.x * 4 + threadIdx.x / 32;
    if (unit >= units) return false;
    to = Global<uint8_t>(args.destination) + (int64_t(blockIdx.y) * units + unit) * W::bytes;
    return true;
}

template <typename F> __global__ void __launch_bounds__(128)
pack_blocks(const __grid_constant__ zonda_pack_arguments args) {
    using W = typename F::Layout;
    const int lane = lane_id(), g = lane / 4, t = lane % 4;
    wait_for_previous();
    launch_next();
    int unit;
    Global<uint8_t> to;
    if (!packed_unit<W>(args, unit, to)) return;
    const int firstRow = blockIdx.y * 16, firstColumn = unit * W::columns;
    Global<const uint8_t> source = args.source;

    if (firstRow + 16 > args.rows) {  // rows that do not exist have scales of zero
        for (int i = lane; i < W::bytes / 16; i += 32) as<uint4>(to)[i] = make_uint4(0, 0, 0, 0);
        sync_warp();
    }
    for (int group = 0; group < W::columns / 32; group++) {
        const int column = firstColumn + 32 * group;
        uint32_t field[2][8] = {};
#pragma unroll
        for (int half = 0; half < 2; half++) {
            const int row = firstRow + g + 8 * half;
            if (row >= args.rows) continue;
            FileBytes block = source + row * args.row_bytes + column / F::columns * F::bytes;
#pragma unroll
            for (int i = 0; i < 8; i++) field[half][i] = F::field(block, column % F::columns + column_of(t, i));
        }
        write_fields<W>(to, group, lane, field);
    }
    if (lane >= 16 || firstRow + lane >= args.rows) return;
    FileBytes block = source + (firstRow + lane) * args.row_bytes + firstColumn / F::columns * F::bytes;
    if constexpr (F::columns > W::columns && W::chain == 16) {
        F::write_head(block, lane, to, firstColumn % F::columns);
    } else {
        F::write_head(block, lane, to);
    }
}

/// Plain numbers: a lane moves its eight values of two rows.
template <typename W> __global__ void __launch_bounds__(128)
pack_numbers(const __grid_constant__ zonda_pack_arguments args) {
    using Number = typename W::File;
    const int lane = lane_id(), g = lane / 4, t = lane % 4;
    wait_for_previous();
    launch_next();
    int unit;
    Global<uint8_t> to;
    if (!packed_unit<W>(args, unit, to)) return;
    Global<const uint8_t> source = args.source;
#pragma unroll
    for (int half = 0; half < 2; half++) {
        const int row = blockIdx.y * 16 + g + 8 * half;
        Global<const Number> from = as<const Number>(source + row * args.row_bytes);
#pragma unroll
        for (int i = 0; i < 8; i++) {
            const int column = unit * W::columns + column_of(t, i);
            Number value = 0;
            if (row < args.rows && column < args.columns) value = from[column];
            as<Number>(to)[W::place(lane, half, i)] = value;
        }
    }
}

// instantiate: pack_blocks<FileQ4_0>
// instantiate: pack_blocks<FileQ4_1>
// instantiate: pack_blocks<FileQ5_0>
// instantiate: pack_blocks<FileQ5_1>
// instantiate: pack_blocks<FileQ8_0>
// instantiate: pack_blocks<FileQ8_1>
// instantiate: pack_blocks<FileQ1_0>
// instantiate: pack_blocks<FileQ2_0>
// instantiate: pack_blocks<FileIQ4_NL>
// instantiate: pack_blocks<FileIQ4_XS>
// instantiate: pack_blocks<FileMXFP4>
// instantiate: pack_blocks<FileNVFP4>
// instantiate: pack_blocks<FileQ2_K>
// instantiate: pack_blocks<FileQ3_K>
// instantiate: pack_blocks<FileQ4_K>
// instantiate: pack_blocks<FileQ5_K>
// instantiate: pack_blocks<FileQ6_K>
// instantiate: pack_blocks<FileX8>
// instantiate: pack_numbers<F32>
// instantiate: pack_numbers<F16>
// instantiate: pack_numbers<BF16>
