// Sampling on the device: what a slot samples with, which rows to sample, what came out, and the kernels' arguments.
//
// The tokens are those of ZondaDevice's `Sampler` for equal logits, parameters and seeds. Left to the host: DRY, and
// whatever else `zonda_sampler_on_host` is set for (see sampling.cu).
#pragma once
#include "zonda_arguments.h"

enum {
    /// Tokens per block of threads, where a row is shared out.
    zonda_sampling_chunk = 3072,
    /// Tokens that share one entry of `block_maxima`: zonda_sampling_chunk is a multiple.
    zonda_sampling_block = 128,
    zonda_sampling_bins = 256,
    /// Candidates that are sorted at once; no fewer than `SamplingParameters.maxLogprobCount`.
    zonda_sampling_capacity = 1024,
    /// Shared memory of `sample_draw` in bytes.
    zonda_sampling_shared_bytes = zonda_sampling_capacity * 16 + zonda_sampling_bins * 24 + 128,
};

/// Flags of a slot.
enum {
    zonda_sampler_greedy = 1,
    /// min-p is on: `floor_offset` counts.
    zonda_sampler_has_floor = 2,
    /// The kernels leave the slot's rows alone; only their status says so.
    zonda_sampler_on_host = 4,
};

/// What became of a row.
enum {
    zonda_sample_chosen,
    /// Every logit is NaN, minus infinity or masked; the token is 0.
    zonda_sample_nothing_to_choose,
    zonda_sample_left_to_host,
};

/// Of a token that has been seen: how often in the answer, and above that how often in the prompt.
enum {
    zonda_generated_bits = 20,
    zonda_generated_mask = (1 << zonda_generated_bits) - 1,
    /// Without a window a prompt's count stops here; with one, a slot with more of one token belongs to the host.
    zonda_prompt_count_limit = 4095,
};

/// One slot's sampler, at a fixed address. The host writes it as a sequence takes the slot; `length`, and what `counts`
/// and `window_tokens` point to are then the kernels'.
typedef struct zonda_slot_sampler {
    double floor_offset;                   // Double(temperature) * log(Double(minP))
    uint64_t seed;
    ZONDA_ADDRESS(const float) bias;       // [vocabulary] at a multiple of 16 bytes, or 0
    ZONDA_ADDRESS(uint32_t) counts;        // [vocabulary] at a multiple of 16 bytes, or 0: no penalties
    ZONDA_ADDRESS(int32_t) window_tokens;  // [window]: token number p at p % window; 0 when the window is endless
    int64_t length;                        // tokens so far, prompt included
    int64_t prompt_length;
    int64_t window;                        // penaltyWindow
    float factor;                          // Float(1.442_695_040_888_963_4 / Double(temperature)); 0 when greedy
    float top_p;
    float typical_p;
    float repetition_penalty;
    float frequency_penalty;
    float presence_penalty;
    int32_t top_k;          // 0: all
    uint32_t choice;
    int32_t logprob_count;  // alternatives to report; -1: no report at all
    int32_t flags;
} zonda_slot_sampler;

/// As StepInputs.SampleRow.
typedef struct zonda_sample_row {
    int32_t slot;
    int32_t logit_row;
    int32_t token_index;
} zonda_sample_row;

typedef struct zonda_sample_result {
    int32_t token;
    int32_t status;
    int32_t nan_count;  // of the raw row, when nothing could be chosen
    float logit;        // the token's, raw
} zonda_sample_result;

/// Of the raw row at temperature 1: the host takes the logarithm.
///
/// logprob = Float(Double(min(logit, greatest finite)) - Double(largest) - log(Double(total) / 2^40)).
typedef struct zonda_sample_report {
    uint64_t total;
    float largest;
    int32_t count;  // alternatives that follow
} zonda_sample_report;

typedef struct zonda_alternative {
    int32_t token;
    float logit;
} zonda_alternative;

/// Of all three kernels. "Views" of a row are two: 0 as the sampler edits it, 1 raw, for the report.
typedef struct zonda_sample_arguments {
    ZONDA_ADDRESS(const float) logits;               // [L, vocabulary]
    ZONDA_ADDRESS(const zonda_sample_row) rows;      // [row_count]
    ZONDA_ADDRESS(const int32_t) row_count;          // how many rows this step samples: at most the grid's
    ZONDA_ADDRESS(zonda_slot_sampler) samplers;      // [slots]
    ZONDA_ADDRESS(const uint32_t) masks;             // [slots, mask_stride], bit set: allowed
    ZONDA_ADDRESS(int32_t) has_mask;                 // [slots] 1 for one sample, then 0
    ZONDA_ADDRESS(int32_t) last_samples;             // [slots]
    ZONDA_ADDRESS(zonda_sample_result) results;      // [rows]
    ZONDA_ADDRESS(zonda_sample_report) reports;      // [rows]
    ZONDA_ADDRESS(zonda_alternative) alternatives;   // [rows, alternative_stride]
    // Scratch, zeroed once when it is allocated; [2, row_capacity, ...].
    ZONDA_ADDRESS(float) block_maxima;    // [.., chunks * zonda_sampling_chunk / zonda_sampling_block]
    ZONDA_ADDRESS(uint64_t) best;         // [..]
    ZONDA_ADDRESS(uint64_t) bin_masses;   // [.., zonda_sampling_bins]
    ZONDA_ADDRESS(uint32_t) bin_counts;   // [.., zonda_sampling_bins]
    int64_t logits_stride;
    int32_t is_aligned;          // logits and their stride are multiples of 16 bytes
    int32_t vocabulary;
    int32_t mask_stride;         // words
    int32_t alternative_stride;  // at least every slot's logprob_count
    int32_t row_capacity;
} zonda_sample_arguments;
