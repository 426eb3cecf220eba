// Attention over paged keys and values.
//
// A page holds 32 consecutive tokens of one layer, aligned to position 0: for each head of keys and values, first the keys
// [headSize][32 tokens], so that scores need no sums across lanes, then the values [32 tokens][headSize rounded up to 16].
// q8_0 holds int8 and one float16 scale per 32 values of a token, the scales after the values: [groups][32] for keys,
// [32][groups] for values.
//
// The arithmetic, for one row (one query head of one token): scores are chains of fma over headSize in order. Positions
// are cut into runs of 512 from position 0. Within a run: softmax weights e^(score - highest of the run), their sum in 32
// partial sums by position mod 32, values as chains of fma in order of position. Runs are merged in order. Nothing else
// enters, so a row's bits depend on its query and its context only: not on which rows are computed with it, how a prompt
// was cut, or how many threads there are.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ZONDA_PAGE_TOKENS = 32, ZONDA_RUN_TOKENS = 512, ZONDA_MAX_HEAD_SIZE = 256 };

typedef enum : int32_t { ZONDA_KV_F32, ZONDA_KV_F16, ZONDA_KV_Q8_0 } zonda_kv_type;

typedef struct zonda_kv_shape {
    zonda_kv_type type;
    int32_t kv_heads;
    int32_t head_size;  ///< 1...256
} zonda_kv_shape;

/// Bytes of one page of one layer, a multiple of 64; 0 when the shape is not supported.
size_t zonda_kv_page_bytes(zonda_kv_shape shape);

/// Where keys and values of one layer are written.
typedef struct zonda_kv_store {
    zonda_kv_shape shape;
    const float *_Nonnull keys;    ///< [rows][kv_heads * head_size], after norm and rope
    const float *_Nonnull values;  ///< the same shape
    size_t key_stride, value_stride;  ///< floats from one row to the next
    const int32_t *_Nonnull slots;    ///< [rows], page * 32 + token within the page; -1 stores nothing
    int32_t rows;
    void *_Nonnull pages;
    size_t page_stride;  ///< bytes from one page to the next
} zonda_kv_store;

/// Items of the job that does a store: one per head and 32 rows.
int32_t zonda_kv_store_item_count(int32_t rows, int32_t kv_heads);

/// Consecutive rows of one sequence (`StepInputs.Span`).
typedef struct zonda_span {
    int32_t first_row, row_count;
    int32_t first_position;
} zonda_span;

/// Query rows [first_row, first_row + row_count) of a span and a head of keys, over runs [first_run, first_run +
/// run_count). A query row is a token and one of the heads that share the keys: token * group + head. `partial` is the
/// first of its `row_count` partial results, or -1 when it covers all runs and writes the output.
typedef struct zonda_attention_item {
    int32_t span, kv_head;
    int32_t first_row, row_count;
    int32_t first_run, run_count;
    int32_t partial;
} zonda_attention_item;

/// The work of one step, for all layers with the same heads, window and page tables.
typedef struct zonda_attention_plan {
    zonda_attention_item *_Nonnull items;
    int32_t item_capacity;
    zonda_attention_item *_Nonnull merges;  ///< items whose runs were spread over several; their partial results lie run by run
    int32_t merge_capacity;
    int32_t partial_capacity;
    int32_t item_count, merge_count, partial_count;  ///< written by `zonda_attention_make_plan`
} zonda_attention_plan;

typedef struct zonda_attention_heads {
    int32_t heads, kv_heads;
    int32_t window;  ///< a row at position p sees p - window + 1 ... p; 0 for all
} zonda_attention_heads;

/// What a plan can need at most, for steps of at most `rows` rows and `spans` spans, and contexts of at most `context`
/// tokens. The partial results are enough to spread one token of each of 4 * threads / kv_heads sequences.
typedef struct zonda_attention_limits {
    int32_t items, merges, partials;
} zonda_attention_limits;
zonda_attention_limits zonda_attention_plan_limits(zonda_attention_heads heads, int32_t rows, int32_t spans,
                                                   int32_t context, int32_t threads);

/// Fills the plan. Contexts are spread over threads, run by run, when there would be too few items otherwise; this changes
/// no result. False when a capacity does not suffice (the plan is then empty) or a span is not legal.
bool zonda_attention_make_plan(zonda_attention_plan *_Nonnull plan, zonda_attention_heads heads,
                               const zonda_span *_Nonnull spans, int32_t span_count, int32_t threads);

/// Floats of one partial result, and bytes of one thread's scratch (which must be 64-byte aligned).
size_t zonda_attention_partial_floats(int32_t head_size);
size_t zonda_attention_scratch_bytes(void);

typedef struct zonda_attention {
    zonda_kv_shape shape;
    zonda_attention_heads heads;
    float scale;
    float soft_cap;  ///< cap * tanh(score / cap); 0 for none
    const float *_Nonnull query;  ///< [rows][heads * head_size]
    float *_Nonnull output;       ///< the same shape; may be the query
    size_t query_stride, output_stride;
    const void *_Nonnull pages;
    size_t page_stride;
    const zonda_span *_Nonnull spans;
    /// The page of positions 32 i ..., of all spans one after the other; entries below a window are never read.
    const int32_t *_Nonnull tables;
    const int32_t *_Nonnull table_offsets;  ///< [spans], where each one's table begins
    const zonda_attention_plan *_Nonnull plan;
    float *_Nullable partials;  ///< [partial_capacity][partial floats]
    uint8_t *_Nonnull scratch;  ///< [threads][scratch bytes]
} zonda_attention;

/// Each is the `work` of a `zonda_job`; the first argument is what its name says.
typedef struct zonda_attention_kernels {
    void (*_Nonnull store)(const void *_Nullable kv_store, int32_t item, int32_t thread);
    /// Items: `plan->item_count`.
    void (*_Nonnull attend)(const void *_Nullable attention, int32_t item, int32_t thread);
    /// Items: `plan->merge_count`; after all of `attend`.
    void (*_Nonnull merge)(const void *_Nullable attention, int32_t item, int32_t thread);
} zonda_attention_kernels;
