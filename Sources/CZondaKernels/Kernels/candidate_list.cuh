// Up to `zonda_sampling_capacity` neighbours in the order of tokens, sorted, with cumulative masses, in the shared
// memory of a block of 256 threads. All threads make the same calls.
#pragma once
#include "zonda_sampling.h"
#include "sampling_numbers.cuh"

constexpr int samplingThreads = 256;

/// The sum over this and all threads before, over a block of 256. `partial` has 8 elements.
DEVICE uint64_t inclusive_scan(uint64_t x, Shared<uint64_t> partial) {
    const int lane = lane_id(), warp = threadIdx.x / 32;
#pragma unroll
    for (int distance = 1; distance < 32; distance *= 2) {
        uint64_t below = shuffle_up(x, distance);
        if (lane >= distance) x += below;
    }
    sync_threads();
    if (lane == 31) partial[warp] = x;
    sync_threads();
#pragma unroll
    for (int w = 0; w < samplingThreads / 32; w++) {
        if (w < warp) x += partial[w];
    }
    return x;
}

struct CandidateList {
    Shared<uint64_t> keys, cumulative;  // [capacity]; masses include `baseMass`
    Shared<uint64_t> partial;           // [8]
    Shared<uint32_t> filled;            // [1]
    /// Tokens and mass before the first key.
    uint32_t baseCount = 0;
    uint64_t baseMass = 0;
    int count = 0;

    DEVICE CandidateList(SharedArena &arena)
        : keys(arena.array<uint64_t>(zonda_sampling_capacity)),
          cumulative(arena.array<uint64_t>(zonda_sampling_capacity)), partial(arena.array<uint64_t>(8)),
          filled(arena.array<uint32_t>(4)) {}

    /// By any thread, once `filled` is 0 and until `finish`. In any order: keys differ, and are sorted.
    DEVICE void add(uint64_t key) {
        uint32_t index = atomic_add(filled, 1u);
        if (index < zonda_sampling_capacity) keys[index] = key;
    }
    /// After a barrier that follows the last `add`.
    DEVICE void finish(const ProbabilityMass &probability, uint32_t tokensBefore, uint64_t massBefore) {
        count = min_of(int32_t(uint32_t(filled[0])), int32_t(zonda_sampling_capacity));
        baseCount = tokensBefore;
        baseMass = massBefore;
        sort();
        measure(probability);
    }

    /// How many of the keys are at most `key`; how many it takes to reach `mass`, if they do.
    DEVICE int count_up_to(uint64_t key) const { return partition(keys, key, true); }
    DEVICE int count_reaching(uint64_t mass) const { return partition(cumulative, mass, false) + 1; }
    /// The mass of the first `n` and all before them.
    DEVICE uint64_t mass_of_first(int n) const {
        uint64_t mass = baseMass;
        if (n > 0) mass = cumulative[n - 1];
        return mass;
    }

  private:
    /// Bitonic (Batcher 1968): compare and exchange within growing, alternately turned runs.
    DEVICE void sort() {
        int size = 2;
        while (size < count) size *= 2;
        for (int i = threadIdx.x; i < size; i += samplingThreads) {
            if (i >= count) keys[i] = ~uint64_t(0);
        }
        sync_threads();
        for (int run = 2; run <= size; run *= 2) {
            for (int distance = run / 2; distance > 0; distance /= 2) {
                for (int pair = threadIdx.x; pair < size / 2; pair += samplingThreads) {
                    int low = 2 * pair - pair % distance, high = low + distance;
                    uint64_t a = keys[low], b = keys[high];
                    if ((a > b) == ((low & run) == 0)) {
                        keys[low] = b;
                        keys[high] = a;
                    }
                }
                sync_threads();
            }
        }
    }

    DEVICE void measure(const ProbabilityMass &probability) {
        constexpr int share = zonda_sampling_capacity / samplingThreads;
        uint64_t mass[share], sum = 0;
        int first = threadIdx.x * share;
#pragma unroll
        for (int j = 0; j < share; j++) {
            uint64_t key = 0;
            if (first + j < count) key = keys[first + j];
            mass[j] = first + j < count ? probability(logit_key::logit(key)) : 0;
            sum += mass[j];
        }
        uint64_t below = baseMass + inclusive_scan(sum, partial) - sum;
#pragma unroll
        for (int j = 0; j < share; j++) {
            below += mass[j];
            if (first + j < count) cumulative[first + j] = below;
        }
        sync_threads();
    }

    /// How many of the ascending values are below `bound`, or equal to it.
    DEVICE int partition(Shared<uint64_t> values, uint64_t bound, bool orEqual) const {
        int low = 0, high = count;
        while (low < high) {
            int middle = (low + high) / 2;
            uint64_t value = values[middle];
            if (orEqual ? value <= bound : value < bound) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
};
