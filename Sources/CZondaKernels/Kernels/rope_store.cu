// Norm of heads, rope, and the store into pages: all between the projections and attention, in one pass.
//
//   q, k = norm(q), norm(k)       optional; RMS (Zhang and Sennrich 2019) or layer norm, of each head or of all
// together
//   q, k = rope(q), rope(k)       optional; pairs (i, i + r/2) or (2i, 2i + 1) of the first r values of a head turn (Su
// et al. 2021)
//   query = q;  page[slot] = k, v as T: f16 (saturating), bf16, e4m3 with a scale, f32
//
// query f32 [rows, heads * headSize], key and value f32 [rows, kvHeads * headSize]; headSize <= 256, a multiple of 4.
// Grid: (rows, zonda_rope_store_head_blocks), 128 threads. A warp takes one head of one row at a time; with a norm of
// all heads together one block has all heads of a row, because queries change in place while the sum would still be
// read.
// instantiate: rope_store<f16>
// instantiate: rope_store<bf16>
// instantiate: rope_store<e4m3>
// instantiate: rope_store<float>
#include "cache.cuh"
#include "zonda_rope_store.h"

namespace {

constexpr int storeWarps = 4;
constexpr int largestHead = ZONDA_CACHE_LARGEST_HEAD;
constexpr int laneValues = largestHead / 32;

/// What a norm subtracts and multiplies by.
struct Moments {
    float mean, inverse;
};

DEVICE Moments moments_of(float sum, float squares, int count, const zonda_head_norm &norm) {
    float mean = norm.kind == ZONDA_HEAD_NORM_LAYER ? sum / float(count) : 0.0f;
    return {mean, 1.0f / sqrt_rn(squares / float(count) + norm.epsilon)};
}

/// Over all of a row, by all threads of the block: sums of each thread's values, then of the warps in order.
DEVICE Moments moments_of_row(Global<const float> row, int count, const zonda_head_norm &norm, Shared<float> sums) {
    float total = 0, squares = 0;
    auto total_of_block = [&](float x) {
        x = warp_sum(x);
        sync_threads();  // the last use of `sums` is over
        if (lane_id() == 0) sums[threadIdx.x / 32] = x;
        sync_threads();
        float result = 0;
        for (int w = 0; w < storeWarps; w++) result += sums[w];
        return result;
    };
    if (norm.kind == ZONDA_HEAD_NORM_LAYER) {
        for (int i = threadIdx.x; i < count; i += storeWarps * 32) total += row[i];
        total = total_of_block(total);
    }
    float mean = total / float(count);
    for (int i = threadIdx.x; i < count; i += storeWarps * 32) {
        float x = row[i];
        squares += (x - mean) * (x - mean);
    }
    return moments_of(total, total_of_block(squares), count, norm);
}

/// Over the head that a warp holds, `values[i]` being value lane + 32 i.
DEVICE Moments moments_of_head(const float (&values)[laneValues], int size, const zonda_head_norm &norm) {
    float total = 0, squares = 0;
    if (norm.kind == ZONDA_HEAD_NORM_LAYER) {
        for (int i = 0; i < laneValues; i++) total += values[i];  // zeros beyond the head
        total = warp_sum(total);
    }
    float mean = total / float(size);
#pragma unroll
    for (int i = 0; i < laneValues; i++) {
        float x = lane_id() + 32 * i < size ? values[i] - mean : 0.0f;
        squares += x * x;
    }
    return moments_of(total, warp_sum(squares), size, norm);
}

/// Value i of a head after rope; `table` holds rotary/2 cosines, then as many sines.
DEVICE float turned(Shared<float> head, int i, int style, int rotary, Global<const float> table) {
    float own = head[i];
    if (style == ZONDA_ROPE_NONE || i >= rotary) return own;
    int half = rotary / 2;
    bool halves = style == ZONDA_ROPE_HALVES;
    bool isSecond = halves ? i >= half : (i & 1) != 0;
    int pair = halves ? (isSecond ? i - half : i) : i / 2;
    int partner = halves ? (isSecond ? i - half : i + half) : i ^ 1;
    float other = head[partner], cosine = table[pair], sine = table[half + pair];
    return isSecond ? own * cosine + other * sine : own * cosine - other * sine;
}

// Four consecutive values as the cache holds them. Beyond the largest f16 a value stays the largest: an infinity would
// make every later score NaN.
DEVICE uint2 narrowed(float4 x, f16) {
    auto limited = [](float y) { return y > 65504.0f ? 65504.0f : y < -65504.0f ? -65504.0f : y; };
    return make_uint2(pack_f16(limited(x.x), limited(x.y)), pack_f16(limited(x.z), limited(x.w)));
}
DEVICE uint2 narrowed(float4 x, bf16) { return make_uint2(pack_bf16(x.x, x.y), pack_bf16(x.z, x.w)); }
DEVICE uint32_t narrowed(float4 x, e4m3) { return pack_e4m3(x.x, x.y) | uint32_t(pack_e4m3(x.z, x.w)) << 16; }
DEVICE float4 narrowed(float4 x, float) { return x; }
template <typename T> using Narrowed = decltype(narrowed(float4(), T()));

/// Stores a head of `size` values as the keys (half 0) or values (half 1) of a token in its page, zeros beyond.
template <typename T> DEVICE void store_head(Shared<float> head, int size, Global<uint8_t> block, int half, int token) {
    int paddedSize = zonda_cache_padded_head(size), pieces = paddedSize * int(sizeof(T)) / pieceBytes;
    constexpr int pieceValues = pieceBytes / int(sizeof(T));
    float inverse = 1;
    if constexpr (isScaled<T>) {
        float largest = 0;
        bool isNumber = true;
        for (int i = lane_id(); i < size; i += 32) {
            float x = head[i];
            isNumber = isNumber && x == x;
            largest = max_of(largest, x < 0 ? -x : x);
        }
        largest = min_of(warp_max(largest), 65504.0f);  // attention weighs values in f16
        inverse = largest > 1e-30f ? largestE4M3 / largest : 0.0f;
        float scale = all_lanes(isNumber) ? largest / largestE4M3 : float_of_bits(0x7FC00000u);
        if (lane_id() == 0) as<float>(block + scale_offset(half, token, paddedSize))[0] = scale;
    }
    Global<uint8_t> row = block + token_offset<T>(half, token, paddedSize);
    for (int first = 4 * lane_id(); first < paddedSize; first += 4 * 32) {
        float4 x = make_float4(0, 0, 0, 0);
        if (first < size) x = as<float4>(head + first)[0];
        if constexpr (isScaled<T>) x = make_float4(x.x * inverse, x.y * inverse, x.z * inverse, x.w * inverse);
        int place = piece_place(token, first / pieceValues, pieces);
        Global<uint8_t> to = row + (place * pieceBytes + first % pieceValues * int(sizeof(T)));
        as<Narrowed<T>>(to)[0] = narrowed(x, T());
    }
}

}  // namespace

template <typename T>
__global__ void __launch_bounds__(storeWarps * 32) rope_store(const __grid_constant__ zonda_rope_store_arguments args) {
    SharedArena arena;
    Shared<float> sums = arena.array<float>(storeWarps);
    Shared<float> head = arena.array<float>(storeWarps * largestHead) + threadIdx.x / 32 * largestHead;
    int row = blockIdx.x, size = args.head_size, lane = lane_id();

    wait_for_previous();
    launch_next();
    int rowCount = Global<const int32_t>(args.row_count)[0];
    if (row >= rowCount) return;
    int slot = Global<const int32_t>(args.write_slots)[row];
    Global<const float> table;
    if (args.style != ZONDA_ROPE_NONE) {
        int variant = args.variants ? int(Global<const int32_t>(args.variants)[row]) : 0;
        int position = Global<const int32_t>(args.positions)[row];
        table = Global<const float>(args.tables[variant]) + int64_t(position) * args.rotary_size;
    }
    Global<float> query = Global<float>(args.query) + int64_t(row) * args.query_stride;
    Global<const float> key = Global<const float>(args.key) + int64_t(row) * args.key_stride;
    Global<const float> value = Global<const float>(args.value) + int64_t(row) * args.value_stride;

    Moments queryMoments = {0, 1}, keyMoments = {0, 1};
    if (args.query_norm.kind != ZONDA_HEAD_NORM_NONE && args.query_norm.whole) {
        queryMoments = moments_of_row(query, args.heads * size, args.query_norm, sums);
    }
    if (args.key_norm.kind != ZONDA_HEAD_NORM_NONE && args.key_norm.whole) {
        keyMoments = moments_of_row(key, args.kv_heads * size, args.key_norm, sums);
    }
    // All of the row was read before any of it changes.
    sync_threads();

    int headCount = args.heads + 2 * args.kv_heads;
    for (int task = blockIdx.y * storeWarps + threadIdx.x / 32; task < headCount; task += gridDim.y * storeWarps) {
        bool isQuery = task < args.heads, isKey = !isQuery && task < args.heads + args.kv_heads;
        int index = isQuery ? task : isKey ? task - args.heads : task - args.heads - args.kv_heads;
        Global<const float> source = (isQuery ? Global<const float>(query) : isKey ? key : value) + index * size;
        float values[laneValues];
#pragma unroll
        for (int i = 0; i < laneValues; i++) {
            values[i] = 0;
            if (lane + 32 * i < size) values[i] = source[lane + 32 * i];
        }
        const zonda_head_norm &norm = isQuery ? args.query_norm : args.key_norm;
        if ((isQuery || isKey) && norm.kind != ZONDA_HEAD_NORM_NONE) {
            Moments moments = isQuery ? queryMoments : keyMoments;
            if (!norm.whole) moments = moments_of_head(values, size, norm);
            int first = norm.whole ? index * size : 0;
            Global<const float> weight = Global<const float>(norm.weight) + first;
            Global<const float> bias = norm.bias;
#pragma unroll
            for (int i = 0; i < laneValues; i++) {
                int column = lane + 32 * i;
                if (column >= size) continue;
                values[i] = (values[i] - moments.mean) * moments.inverse * weight[column];
                if (bias) values[i] += float(bias[first + column]);
            }
        }
#pragma unroll
        for (int i = 0; i < laneValues; i++) {
            if (lane + 32 * i < size) head[lane + 32 * i] = values[i];
        }
        sync_warp();
        if (isQuery || isKey) {
            int style = args.style;
#pragma unroll
            for (int i = 0; i < laneValues; i++) {
                if (lane + 32 * i < size) values[i] = turned(head, lane + 32 * i, style, args.rotary_size, table);
            }
        }
        if (isQuery) {
#pragma unroll
            for (int i = 0; i < laneValues; i++) {
                if (lane + 32 * i < size) query[index * size + lane + 32 * i] = values[i];
            }
        } else if (slot >= 0) {
            sync_warp();  // partners were read before they change
#pragma unroll
            for (int i = 0; i < laneValues; i++) {
                if (lane + 32 * i < size) head[lane + 32 * i] = values[i];
            }
            sync_warp();
            int paddedSize = zonda_cache_padded_head(size);
            Global<uint8_t> block = Global<uint8_t>(args.pages) + int64_t(slot / pageTokens) * args.page_bytes +
                                    int64_t(index) * head_bytes<T>(paddedSize);
            store_head<T>(head, size, block, isKey ? 0 : 1, slot % pageTokens);
        }
        sync_warp();  // the next head takes this one's place
    }
}
