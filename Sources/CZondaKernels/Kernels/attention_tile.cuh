// Pieces of FlashAttention (Dao et al. 2022; Dao 2023) that prompts and decoding share: how pages and queries get from
// memory into the registers of `mma.m16n8k16`, and the online softmax between the two products.
//
// Scores are kept as logarithms to base 2: queries are multiplied by scale * log2(e) on the way in.
#pragma once
#include "cache.cuh"
#include "zonda_paged_attention.h"

constexpr float log2OfE = 1.4426950408889634f;
DEVICE float negative_infinity() { return float_of_bits(0xFF800000u); }

/// The type that tensor cores multiply: that of the cache, f16 for e4m3 (which it holds exactly). A query in one bf16
/// would lose as much as the cache itself: there it is a sum of two.
template <typename T> struct Operand {
    static constexpr int queryParts = 1;
    static DEVICE uint32_t pack(float low, float high) { return pack_f16(low, high); }
    static DEVICE float2 unpack(uint32_t packed) { return unpack_f16(packed); }
    static DEVICE void multiply(float (&c)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) { mma_f16(c, a, b); }
};
template <> struct Operand<bf16> {
    static constexpr int queryParts = 2;
    static DEVICE uint32_t pack(float low, float high) { return pack_bf16(low, high); }
    static DEVICE float2 unpack(uint32_t packed) { return unpack_bf16(packed); }
    static DEVICE void multiply(float (&c)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) { mma_bf16(c, a, b); }
};

/// Two e4m3 numbers, the upper bytes of each half, as f16 of 1/256 of their value, exactly: the formats differ in the
/// exponent's length and bias only. (NaN becomes a number: its token's scale is NaN too.) As fast as the instruction
/// that GPUs have for it from sm_89 on, and for all.
DEVICE uint32_t scaled_f16x2(uint32_t upperBytes) {
    return (upperBytes & 0x80008000u) | (upperBytes >> 1 & 0x3F803F80u);
}
constexpr float e4m3Unit = 256;

/// The keys or the values of one page of one head in shared memory: 32 tokens, as they lie in global memory.
template <typename T, int size> struct PageTile {
    static constexpr int pieces = size * int(sizeof(T)) / pieceBytes;
    static constexpr int rowBytes = pieces * pieceBytes;
    static constexpr int bytes = half_bytes<T>(size);
    static constexpr bool isByte = sizeof(T) == 1;

    /// B operands of q kᵀ, for 16 values of each key from 16 step on: b[n] for keys 8 n ... 8 n + 7.
    ///
    /// With bytes, word t of a row holds values 4t ... 4t+3. Columns 2t, 2t+1 of the product are the even ones, columns
    /// 2t+8, 2t+9 the odd ones; queries lie in that order too.
    static DEVICE void load_keys(uint32_t (&b)[4][2], Shared<const uint8_t> tile, int step) {
        int lane = lane_id();
        if constexpr (isByte) {
            uint32_t words[4];
            load_matrix_x4(words, tile + (lane * rowBytes + piece_place(lane, step, pieces) * pieceBytes));
#pragma unroll
            for (int n = 0; n < 4; n++) {
                b[n][0] = scaled_f16x2(words[n] << 8);
                b[n][1] = scaled_f16x2(words[n]);
            }
        } else {
            // Matrices: keys 0-7 and 8-15, each with the lower and the upper eight values.
            int row = (lane & 7) + (lane >> 4) * 8;
            int piece = ((lane >> 3 & 1) ^ piece_mix(lane, pieces)) * pieceBytes;
            Shared<const uint8_t> at = tile + (row * rowBytes + (piece ^ (step * 2 * pieceBytes)));
#pragma unroll
            for (int half = 0; half < 2; half++) {
                uint32_t words[4];
                load_matrix_x4(words, at + half * 16 * rowBytes);
                b[2 * half][0] = words[0], b[2 * half][1] = words[1];
                b[2 * half + 1][0] = words[2], b[2 * half + 1][1] = words[3];
            }
        }
    }

    /// B operands of p v, for 16 values of each token from 16 step on: b[k][n] for tokens 16 k ... 16 k + 15 and eight
    /// of the values: values 8 n ... 8 n + 7; with bytes those of even (n = 0) or odd number.
    static DEVICE void load_values(uint32_t (&b)[2][2][2], Shared<const uint8_t> tile, int step) {
        int lane = lane_id();
        if constexpr (isByte) {
            uint32_t words[4];  // matrix m: tokens 8 m ...; two bytes of token 2t, then of token 2t + 1
            load_matrix_x4_transposed(words, tile + (lane * rowBytes + piece_place(lane, step, pieces) * pieceBytes));
#pragma unroll
            for (int m = 0; m < 4; m++) {
                b[m / 2][0][m % 2] = scaled_f16x2(words[m] << 8);
                b[m / 2][1][m % 2] = scaled_f16x2(words[m]);
            }
        } else {
            // Matrices: tokens 0-7 and 8-15 of the lower eight values, then of the upper.
            int row = (lane & 7) + (lane >> 3 & 1) * 8;
            int piece = ((lane >> 4) ^ piece_mix(lane, pieces)) * pieceBytes;
            Shared<const uint8_t> at = tile + (row * rowBytes + (piece ^ (step * 2 * pieceBytes)));
#pragma unroll
            for (int k = 0; k < 2; k++) {
                uint32_t words[4];
                load_matrix_x4_transposed(words, at + k * 16 * rowBytes);
                b[k][0][0] = words[0], b[k][0][1] = words[1];
                b[k][1][0] = words[2], b[k][1][1] = words[3];
            }
        }
    }

    /// Which of the head's values element i (0, 1) of a lane's row of product n is.
    static DEVICE int value_of(int n, int i) {
        int t = lane_id() & 3;
        return isByte ? n / 2 * 16 + 4 * t + 2 * i + n % 2 : n * 8 + 2 * t + i;
    }

    /// Starts the copy of tokens [first, end) by `threads` threads; the others become zeros, whatever the page holds
    /// there. Zeros also as values: a weight of 0 would not undo a NaN.
    template <int threads>
    static DEVICE void start_copy(Shared<uint8_t> tile, Global<const uint8_t> page, int thread, int first, int end) {
        if (first <= 0 && end >= pageTokens) {
#pragma unroll 4
            for (int i = thread; i < pageTokens * pieces; i += threads) {
                copy_async<pieceBytes>(tile + i * pieceBytes, page + i * pieceBytes);
            }
        } else {
            for (int i = thread; i < pageTokens * pieces; i += threads) {
                bool isValid = i / pieces >= first && i / pieces < end;
                copy_async<pieceBytes>(tile + i * pieceBytes, page + i * pieceBytes, isValid ? pieceBytes : 0);
            }
        }
    }
    /// The same for the 32 scales.
    static DEVICE void
    start_scale_copy(Shared<uint8_t> to, Global<const uint8_t> from, int thread, int first, int end) {
        if (thread >= pageTokens) return;
        bool isValid = thread >= first && thread < end;
        copy_async<4>(to + thread * 4, from + thread * 4, isValid ? 4 : 0);
    }
};

/// Queries in shared memory: rows of `size` operands of 16 bits, mixed like pages; `queryParts` such planes.
template <typename T, int size, int rows> struct QueryTile {
    static constexpr int pieces = size * 2 / pieceBytes;
    static constexpr int planeBytes = rows * size * 2;
    static constexpr int bytes = planeBytes * Operand<T>::queryParts;

    /// Where pair `pair` of a row's values lies.
    static DEVICE int word_offset(int row, int pair) {
        int word = sizeof(T) == 1 ? (pair & ~7) + (pair & 1) * 4 + (pair >> 1 & 3) : pair;
        return (row * pieces + piece_place(row, word / 4, pieces)) * pieceBytes + word % 4 * 4;
    }

    /// Four values of a row from `column` on, times `factor`.
    static DEVICE void store(Shared<uint8_t> tile, int row, int column, float4 x, float factor) {
        float values[4] = {x.x * factor, x.y * factor, x.z * factor, x.w * factor};
        if constexpr (sizeof(T) == 1) values[1] = x.z * factor, values[2] = x.y * factor;  // even ones, odd ones
#pragma unroll
        for (int i = 0; i < 4; i += 2) {
            int at = word_offset(row, (column + i) / 2);
            uint32_t packed = Operand<T>::pack(values[i], values[i + 1]);
            as<uint32_t>(tile + at)[0] = packed;
            if constexpr (Operand<T>::queryParts == 2) {
                float2 kept = Operand<T>::unpack(packed);
                as<uint32_t>(tile + (planeBytes + at))[0] =
                    Operand<T>::pack(values[i] - kept.x, values[i + 1] - kept.y);
            }
        }
    }

    /// The A operand: 16 rows from `row` on, 16 values from 16 step on.
    static DEVICE void load(uint32_t (&a)[4], Shared<const uint8_t> tile, int row, int step) {
        int lane = lane_id();
        int piece = ((lane >> 4) ^ piece_mix(lane, pieces)) * pieceBytes;
        int place = (row + (lane & 15)) * pieces * pieceBytes;
        load_matrix_x4(a, tile + (place + (piece ^ (step * 2 * pieceBytes))));
    }
};

/// What scores are multiplied by, and how they are capped: cap * tanh(score / cap).
struct ScoreScale {
    float queryFactor, cap;

    DEVICE explicit ScoreScale(const zonda_paged_attention_arguments &args)
        : queryFactor(args.soft_cap > 0 ? args.scale / args.soft_cap * 2.0f * log2OfE : args.scale * log2OfE),
          cap(args.soft_cap * log2OfE) {}

    /// tanh(x) = 1 - 2 / (1 + e^2x), where the score is 2 x log2(e). The hardware's tanh is too coarse: 2^-11 of a cap
    /// of 50 is 0.02.
    DEVICE float capped(float score) const {
        return cap - 2.0f * cap * reciprocal_approx(1.0f + exp2_approx(score));
    }
};

/// Keys [first, end).
struct KeyRange {
    int first, end;
};

/// Attention of 16 * tiles query rows of one warp, over one run of pages after the other.
///
/// Lane (g, t) holds of each 16 rows rows g and g + 8, of their outputs the columns that `value_of` says.
template <typename T, int size, int tiles> struct Attention {
    using Page = PageTile<T, size>;
    float output[tiles][size / 8][4];
    float highest[tiles][2];
    float total[tiles][2];  // of this lane's columns only, until `finish`

    DEVICE Attention() {
#pragma unroll
        for (int r = 0; r < tiles; r++) {
            highest[r][0] = highest[r][1] = negative_infinity();
            total[r][0] = total[r][1] = 0;
#pragma unroll
            for (int n = 0; n < size / 8; n++) {
                for (int i = 0; i < 4; i++) output[r][n][i] = 0;
            }
        }
    }

    /// scores[r][4 page + n] = q kᵀ for keys 8 n ... of the page. `rows` is the query tile's height, `row` the warp's
    /// first.
    template <int rows, int pages>
    static DEVICE void
    score(float (&scores)[tiles][pages * 4][4], Shared<const uint8_t> query, int row, Shared<const uint8_t> keys) {
        using Query = QueryTile<T, size, rows>;
#pragma unroll
        for (int r = 0; r < tiles; r++) {
#pragma unroll
            for (int n = 0; n < pages * 4; n++) {
                for (int i = 0; i < 4; i++) scores[r][n][i] = 0;
            }
        }
#pragma unroll(size > 128 ? 4 : Page::isByte && tiles == 2 ? 2 : size / 16)
        for (int step = 0; step < size / 16; step++) {
            uint32_t a[Operand<T>::queryParts][tiles][4];
#pragma unroll
            for (int part = 0; part < Operand<T>::queryParts; part++) {
#pragma unroll
                for (int r = 0; r < tiles; r++) {
                    Query::load(a[part][r], query + part * Query::planeBytes, row + 16 * r, step);
                }
            }
#pragma unroll
            for (int page = 0; page < pages; page++) {
                uint32_t b[4][2];
                Page::load_keys(b, keys + page * Page::bytes, step);
#pragma unroll
                for (int part = 0; part < Operand<T>::queryParts; part++) {
#pragma unroll
                    for (int r = 0; r < tiles; r++) {
#pragma unroll
                        for (int n = 0; n < 4; n++) Operand<T>::multiply(scores[r][page * 4 + n], a[part][r], b[n]);
                    }
                }
            }
        }
    }

    /// Multiplies each column by the scale of its token.
    template <int pages>
    static DEVICE void rescale(float (&x)[tiles][pages * 4][4], Shared<const float> scales, float factor) {
#pragma unroll
        for (int n = 0; n < pages * 4; n++) {
            if (tiles == 2 && n % 2 == 1) sync_warp();  // see `accumulate`
            float2 pair = as<const float2>(scales)[n * 4 + (lane_id() & 3)];
            float low = pair.x * factor, high = pair.y * factor;
#pragma unroll
            for (int r = 0; r < tiles; r++) {
                x[r][n][0] *= low, x[r][n][1] *= high;
                x[r][n][2] *= low, x[r][n][3] *= high;
            }
        }
    }

    template <int pages> static DEVICE void cap(float (&scores)[tiles][pages * 4][4], const ScoreScale &scale) {
#pragma unroll
        for (int r = 0; r < tiles; r++) {
#pragma unroll
            for (int n = 0; n < pages * 4; n++) {
#pragma unroll
                for (int i = 0; i < 4; i++) scores[r][n][i] = scale.capped(scores[r][n][i]);
            }
        }
    }

    /// Hides the keys that are not visible: `visible(r, h)` gives the range of the lane's row h of the 16 rows r.
    template <int pages, typename Visible>
    static DEVICE void mask(float (&scores)[tiles][pages * 4][4], int firstKey, Visible visible) {
#pragma unroll
        for (int r = 0; r < tiles; r++) {
#pragma unroll
            for (int h = 0; h < 2; h++) {
                KeyRange range = visible(r, h);
#pragma unroll
                for (int n = 0; n < pages * 4; n++) {
#pragma unroll
                    for (int i = 0; i < 2; i++) {
                        int key = firstKey + 8 * n + 2 * (lane_id() & 3) + i;
                        if (key < range.first || key >= range.end) scores[r][n][2 * h + i] = negative_infinity();
                    }
                }
            }
        }
    }

    /// Scores become weights relative to the highest score so far; what was summed before is brought to it. Where
    /// nothing is visible all of it changes no bit: weights are 0, the factor is 1.
    template <int pages> DEVICE void weigh(float (&scores)[tiles][pages * 4][4]) {
#pragma unroll
        for (int r = 0; r < tiles; r++) {
#pragma unroll
            for (int h = 0; h < 2; h++) {
                float best = highest[r][h];
#pragma unroll
                for (int n = 0; n < pages * 4; n++) {
                    best = max_of(best, max_of(scores[r][n][2 * h], scores[r][n][2 * h + 1]));
                }
                best = max_of(best, shuffle_xor(best, 1));
                best = max_of(best, shuffle_xor(best, 2));
                float reference = best == negative_infinity() ? 0.0f : best;
                float factor = exp2_approx(highest[r][h] - reference);
                highest[r][h] = best;
                float sum = 0;
#pragma unroll
                for (int n = 0; n < pages * 4; n++) {
#pragma unroll
                    for (int i = 2 * h; i < 2 * h + 2; i++) {
                        scores[r][n][i] = exp2_approx(scores[r][n][i] - reference);
                        sum += scores[r][n][i];
                    }
                }
                total[r][h] = fma_rn(total[r][h], factor, sum);
                if (all_lanes(factor == 1.0f)) continue;  // as mostly, once the highest score is found; the same bits
#pragma unroll
                for (int n = 0; n < size / 8; n++) {
                    output[r][n][2 * h] *= factor;
                    output[r][n][2 * h + 1] *= factor;
                }
            }
        }
    }

    /// output += weights · values.
    template <int pages>
    DEVICE void accumulate(const float (&weights)[tiles][pages * 4][4], Shared<const uint8_t> values) {
#pragma unroll
        for (int page = 0; page < pages; page++) {
            // The product's C fragments of two times 8 columns are the A fragment of 16.
            uint32_t a[tiles][2][4];
#pragma unroll
            for (int r = 0; r < tiles; r++) {
#pragma unroll
                for (int i = 0; i < 8; i++) {
                    const float(&c)[4] = weights[r][page * 4 + i / 2];
                    a[r][i / 4][i % 4] = Operand<T>::pack(c[i % 2 * 2], c[i % 2 * 2 + 1]);
                }
            }
#pragma unroll
            for (int step = 0; step < size / 16; step++) {
                // The compiler would fetch so far ahead that registers spill.
                if (size >= 96 && (step % 4 == 3 || Page::isByte)) sync_warp();
                uint32_t b[2][2][2];
                Page::load_values(b, values + page * Page::bytes, step);
#pragma unroll
                for (int k = 0; k < 2; k++) {
#pragma unroll
                    for (int n = 0; n < 2; n++) {
#pragma unroll
                        for (int r = 0; r < tiles; r++) {
                            Operand<T>::multiply(output[r][2 * step + n], a[r][k], b[k][n]);
                        }
                    }
                }
            }
        }
    }

    /// Sums the totals of the four lanes that share a row.
    DEVICE void finish() {
#pragma unroll
        for (int r = 0; r < tiles; r++) {
#pragma unroll
            for (int h = 0; h < 2; h++) {
                total[r][h] += shuffle_xor(total[r][h], 1);
                total[r][h] += shuffle_xor(total[r][h], 2);
            }
        }
    }
};
