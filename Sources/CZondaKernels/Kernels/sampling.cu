// One token for each row of logits, equal to that of ZondaDevice's `Sampler` on the host.
//
// The chain: logit bias, penalties, mask; then greedy, or temperature, top-k, typical-p, top-p, min-p and a draw by
// Philox(seed, choice, token index); ties to the lower id; log-probabilities from the raw row. Probabilities are
// integers in units of 2^-40 (ProbabilityMass), so sums do not depend on order and the token is the host's exactly.
// DRY stays on the host, and a prompt with a token more than 4095 times inside a penalty window: the launcher sets
// zonda_sampler_on_host for such a slot, reads the row of logits itself and writes last_samples.
//
// sample_scan: the largest logit of every block of 128 tokens and of the row; grid (chunks, rows, views).
// sample_weigh: counts and masses of the row's bins; grid (chunks, rows, views). Leaves greedy rows alone.
// sample_draw: draws, reports, makes the slot and the scratch ready for the next token; grid (1, rows, views).
// Block 256; chunks = ceil(vocabulary / zonda_sampling_chunk); rows of the bucket: those from *row_count on return;
// 2 views where any slot of the step wants log-probabilities, else 1. Shared memory: 128 bytes, 3072 bytes,
// zonda_sampling_shared_bytes. A row is read three times, from L2 after the first; what `sample_draw` reads of it are
// the blocks whose maximum is near enough. vocabulary at most 2^22; a slot has one row in a launch.
// instantiate: sample_scan
// instantiate: sample_weigh
// instantiate: sample_draw
#include "zonda.cuh"
#include "zonda_sampling.h"
#include "token_draw.cuh"

constexpr int chunkVectors = zonda_sampling_chunk / samplingThreads / 4;

/// What a block works on. Not `isActive`: nothing to do for the whole block.
struct SampledRow {
    zonda_sample_row row;
    zonda_slot_sampler sampler;
    int index, view, scratch;  // of the row, of its view, of the view's scratch
    bool isActive;

    DEVICE SampledRow(const zonda_sample_arguments &args) {
        index = blockIdx.y, view = blockIdx.z;
        scratch = view * args.row_capacity + index;
        int32_t count = Global<const int32_t>(args.row_count)[0];
        isActive = index < count;
        if (!isActive) return;
        row = Global<const zonda_sample_row>(args.rows)[index];
        sampler = Global<zonda_slot_sampler>(args.samplers)[row.slot];
        isActive = view == 0 || sampler.logprob_count >= 0;
    }
    DEVICE bool is_on_host() const { return sampler.flags & zonda_sampler_on_host; }
    DEVICE bool is_greedy() const { return view == 0 && (sampler.flags & zonda_sampler_greedy) != 0; }
    DEVICE ProbabilityMass probability(uint64_t bestKey) const {
        return ProbabilityMass(logit_key::logit(bestKey), view == 0 ? sampler.factor : 1.44269504f);
    }
    DEVICE LogitRow logits(const zonda_sample_arguments &args) const {
        return view == 0 ? LogitRow::edited(args, row.logit_row, row.slot, sampler)
                         : LogitRow::raw(args, row.logit_row);
    }
    DEVICE Global<float> maxima(const zonda_sample_arguments &args) const {
        constexpr int blocksPerChunk = zonda_sampling_chunk / zonda_sampling_block;
        const int chunks = divide_up(args.vocabulary, int(zonda_sampling_chunk));
        return Global<float>(args.block_maxima) + int64_t(scratch) * chunks * blocksPerChunk;
    }
};

__global__ void __launch_bounds__(256) sample_scan(const __grid_constant__ zonda_sample_arguments args) {
    SharedArena arena;
    Shared<uint64_t> partial = arena.array<uint64_t>(8);
    const int thread = threadIdx.x, lane = lane_id();
    wait_for_previous();
    launch_next();
    SampledRow sampled(args);
    if (!sampled.isActive || sampled.is_on_host()) return;
    LogitRow row = sampled.logits(args);
    constexpr int blocksPerChunk = zonda_sampling_chunk / zonda_sampling_block;
    Global<float> maxima = sampled.maxima(args) + blockIdx.x * blocksPerChunk;

    // The complement of the lowest key; 0 when there is none.
    uint64_t best = 0;
#pragma unroll
    for (int i = 0; i < chunkVectors; i++) {
        int group = i * samplingThreads + thread;
        int at = blockIdx.x * zonda_sampling_chunk + group * 4;
        float x[4] = {-infinity(), -infinity(), -infinity(), -infinity()}, largest = -infinity();
        row.load(at, x);
#pragma unroll
        for (int j = 0; j < 4; j++) {
            // False for NaN.
            if (x[j] > -infinity()) {
                largest = max_of(largest, x[j]);
                best = max_of(best, ~logit_key::of(x[j], at + j));
            }
        }
        largest = warp_max(largest);
        if (lane == 0) maxima[group / 32] = largest;
    }
#pragma unroll
    for (int offset = 16; offset > 0; offset /= 2) best = max_of(best, shuffle_xor(best, offset));
    if (lane == 0) partial[thread / 32] = best;
    sync_threads();
    if (thread == 0) {
        for (int w = 1; w < samplingThreads / 32; w++) best = max_of(best, uint64_t(partial[w]));
        if (best != 0) atomic_max(Global<uint64_t>(args.best) + sampled.scratch, best);
    }
}

/// Writes the result and makes the slot ready for its next token, as `SlotSamplers` does. By one thread.
DEVICE void keep_sample(
    const zonda_sample_arguments &args, const SampledRow &sampled, int token, int status, int nanCount) {
    Global<const float> logits = Global<const float>(args.logits) + sampled.row.logit_row * args.logits_stride;
    float logit = logits[token];
    Global<zonda_sample_result>(args.results)[sampled.index] = zonda_sample_result{token, status, nanCount, logit};
    const int slot = sampled.row.slot;
    Global<int32_t>(args.last_samples)[slot] = token;
    Global<int32_t>(args.has_mask)[slot] = 0;

    const zonda_slot_sampler &sampler = sampled.sampler;
    Global<uint32_t> counts = sampler.counts;
    if (!counts) return;
    counts[token] += 1;
    Global<int32_t> window = sampler.window_tokens;
    if (window) {
        const int64_t place = sampler.length % sampler.window;
        if (sampler.length >= sampler.window) {
            int32_t leaving = window[place];
            bool isPrompt = sampler.length - sampler.window < sampler.prompt_length;
            // A placeholder of an image may be beyond the vocabulary.
            if (leaving < args.vocabulary) counts[leaving] -= isPrompt ? 1u << zonda_generated_bits : 1u;
        }
        window[place] = token;
    }
    zonda_slot_sampler next = sampler;
    next.length++;
    Global<zonda_slot_sampler>(args.samplers)[slot] = next;
}

/// The raw row's total and its likeliest tokens, which the list begins with.
DEVICE void keep_report(
    const zonda_sample_arguments &args, const TokenOrder &order, const SampledRow &sampled, int count) {
    Global<zonda_alternative> alternatives =
        Global<zonda_alternative>(args.alternatives) + int64_t(sampled.index) * args.alternative_stride;
    for (int i = threadIdx.x; i < count; i += samplingThreads) {
        uint64_t key = order.list.keys[i];
        alternatives[i] = zonda_alternative{logit_key::id(key), logit_key::logit(key)};
    }
    if (threadIdx.x == 0) {
        Global<zonda_sample_report>(args.reports)[sampled.index] =
            zonda_sample_report{order.mass(), order.probability.largest, count};
    }
}

/// For the error: how many logits are NaN, if nothing can be chosen.
DEVICE int nan_count(const LogitRow &row, Shared<uint64_t> partial) {
    uint64_t count = 0;
    for (int i = threadIdx.x; i < row.count; i += samplingThreads) {
        float logit = row.logits[i];
        if (logit != logit) count++;
    }
    count = inclusive_scan(count, partial);
    sync_threads();
    if (threadIdx.x == samplingThreads - 1) partial[0] = count;
    sync_threads();
    return int(uint64_t(partial[0]));
}

__global__ void __launch_bounds__(256) sample_weigh(const __grid_constant__ zonda_sample_arguments args) {
    SharedArena arena;
    Shared<uint32_t> counts = arena.array<uint32_t>(zonda_sampling_bins);
    Shared<uint32_t> lows = arena.array<uint32_t>(zonda_sampling_bins);
    Shared<uint32_t> highs = arena.array<uint32_t>(zonda_sampling_bins);
    const int thread = threadIdx.x;
    counts[thread] = 0, lows[thread] = 0, highs[thread] = 0;
    sync_threads();

    wait_for_previous();
    launch_next();
    SampledRow sampled(args);
    if (!sampled.isActive || sampled.is_on_host() || sampled.is_greedy()) return;
    const uint64_t bestKey = ~uint64_t(Global<uint64_t>(args.best)[sampled.scratch]);
    if (bestKey == ~uint64_t(0)) return;
    const LogitRow row = sampled.logits(args);
    const ProbabilityMass probability = sampled.probability(bestKey);
#pragma unroll
    for (int i = 0; i < chunkVectors; i++) {
        int at = blockIdx.x * zonda_sampling_chunk + (i * samplingThreads + thread) * 4;
        float x[4] = {-infinity(), -infinity(), -infinity(), -infinity()};
        row.load(at, x);
#pragma unroll
        for (int j = 0; j < 4; j++) {
            if (!(x[j] > -infinity())) continue;
            float exponent = probability.exponent(x[j]);
            uint64_t mass = ProbabilityMass::mass(exponent);
            int bin = ProbabilityMass::bin_of_exponent(exponent);
            // A mass has up to 41 bits: its halves are summed apart, in 32 bits each, which 3072 of them fit.
            atomic_add(counts + bin, 1u);
            if (mass == 0) continue;
            atomic_add(lows + bin, uint32_t(mass) & 0xFFFFFu);
            atomic_add(highs + bin, uint32_t(mass >> 20));
        }
    }
    sync_threads();
    uint32_t count = counts[thread], low = lows[thread], high = highs[thread];
    if (count == 0) return;
    const int64_t bin = int64_t(sampled.scratch) * zonda_sampling_bins + thread;
    atomic_add(Global<uint32_t>(args.bin_counts) + bin, count);
    atomic_add(Global<uint64_t>(args.bin_masses) + bin, (uint64_t(high) << 20) + low);
}

// One block a multiprocessor: its draws are one block per row, and more registers are better than spilling.
__global__ void __launch_bounds__(256, 1) sample_draw(const __grid_constant__ zonda_sample_arguments args) {
    SharedArena arena;
    CandidateList list(arena);
    Shared<uint64_t> binMass = arena.array<uint64_t>(zonda_sampling_bins);
    Shared<uint64_t> partMass = arena.array<uint64_t>(zonda_sampling_bins);
    Shared<uint64_t> extremes = arena.array<uint64_t>(2);
    Shared<uint32_t> binCount = arena.array<uint32_t>(zonda_sampling_bins);
    Shared<uint32_t> partCount = arena.array<uint32_t>(zonda_sampling_bins);
    const int thread = threadIdx.x;

    wait_for_previous();
    launch_next();
    SampledRow sampled(args);
    if (!sampled.isActive) return;
    const bool isReport = sampled.view == 1;
    if (sampled.is_on_host()) {
        if (!isReport && thread == 0) {
            Global<zonda_sample_result>(args.results)[sampled.index] =
                zonda_sample_result{0, zonda_sample_left_to_host, 0, 0};
        }
        return;
    }
    Global<uint64_t> best = Global<uint64_t>(args.best) + sampled.scratch;
    const uint64_t bestKey = ~uint64_t(best[0]);
    const LogitRow row = sampled.logits(args);
    int token = logit_key::id(bestKey), status = zonda_sample_chosen, nanCount = 0;
    if (bestKey == ~uint64_t(0)) {
        token = 0;
        status = zonda_sample_nothing_to_choose;
        if (!isReport) nanCount = nan_count(row, list.partial);
        if (isReport && thread == 0) {
            Global<zonda_sample_report>(args.reports)[sampled.index] = zonda_sample_report{0, 0, 0};
        }
    } else if (!sampled.is_greedy()) {
        const int64_t bin = int64_t(sampled.scratch) * zonda_sampling_bins + thread;
        Global<uint64_t> masses = Global<uint64_t>(args.bin_masses) + bin;
        Global<uint32_t> counts = Global<uint32_t>(args.bin_counts) + bin;
        uint64_t mass = masses[0], count = uint32_t(counts[0]);
        // Zero again for the next launch.
        masses[0] = 0;
        counts[0] = 0;
        mass = inclusive_scan(mass, list.partial);
        count = inclusive_scan(count, list.partial);
        binMass[thread] = mass;
        binCount[thread] = uint32_t(count);
        sync_threads();
        TokenOrder order{row, sampled.probability(bestKey), sampled.maxima(args), list, binMass, binCount, partMass,
                         partCount, extremes};
        TokenDraw draw(sampled.sampler, sampled.row.token_index, order);
        draw.run(isReport);
        token = draw.result;
        if (isReport) keep_report(args, order, sampled, draw.result);
    }
    // All threads have read what is now reset.
    sync_threads();
    if (thread == 0) {
        best[0] = 0;
        if (!isReport) keep_sample(args, sampled, token, status, nanCount);
    }
}
