// The tokens of a row in order (falling logit, rising id), without sorting the row: finds where the order is cut by a
// count, a cumulative mass or a key. For a block of 256 threads, which all make the same calls.
//
// Counts and masses per bin of an eighth of an octave are known. Most cuts fall among the first thousand tokens;
// those are collected and sorted once, and the cut is looked up. Otherwise the bin with the cut is split into 256 parts
// by key, and again, until what is left can be sorted: a pass over the row each, at most nine, whatever the logits are.
// Everything is integers, so the result is exact.
#pragma once
#include "candidate_list.cuh"
#include "logit_row.cuh"
#include "row_access.cuh"

/// What is asked about the order.
enum class By {
    count,     // the cut after `target` tokens
    mass,      // after the first token with which `target` mass is reached
    key,       // after the last token whose key is at most `target`; the cut's own key means nothing
    first,     // the first key; the list is left alone
    prefix,    // fills the list with the tokens up to the key `target`, as many as it holds
    surprise,  // the sum of mass * surprise over the tokens up to `limit`, as the cut's mass
};

/// The tokens up to a cut: the last one's key, and the mass of all.
struct Cut {
    uint64_t key, mass;
};

/// Which tokens count, and by what they are ordered.
enum class Tokens {
    all,         // by key
    byDistance,  // those with mass and at most `limit`, by the distance of their surprise from the mean
    atDistance,  // of these, those at exactly `distance`, by key
    typical,     // nearer than `distance`, or at it and at most `tie`; by key
};

/// What a pass over the row does with the tokens of an interval.
enum class Pass {
    collect,   // adds their keys to the list
    extremes,  // finds the lowest and the highest key
    parts,     // counts and weighs each of 256 parts of 2^shift keys
    surprise,  // sums mass * surprise
};

/// Keys low ... high of bins firstBin ... lastBin; before them come `tokensBefore` tokens with `massBefore`.
struct Interval {
    int firstBin = 0, lastBin = zonda_sampling_bins - 1;
    uint64_t low = 0, high = ~uint64_t(0);
    uint64_t massBefore = 0;
    uint32_t tokensBefore = 0;
    /// Unless it is known to be fewer: more than the list holds.
    uint32_t count = 0xFFFFFFFFu;

    /// Keys per part, as a power of two, so that there are at most 256 parts.
    DEVICE int shift() const {
        uint64_t width = high - low;
        int bits = width >> 32 ? 64 - leading_zeros(uint32_t(width >> 32)) : 32 - leading_zeros(uint32_t(width));
        return max_of(bits - 8, 0);
    }
};

struct TokenOrder {
    const LogitRow &row;
    ProbabilityMass probability;
    Global<const float> maxima;  // of every zonda_sampling_block tokens
    CandidateList &list;
    Shared<uint64_t> binMass;    // [bins] up to and with each bin
    Shared<uint32_t> binCount;   // [bins]
    Shared<uint64_t> partMass;   // [bins] scratch of splitting: the same of parts
    Shared<uint32_t> partCount;  // [bins]
    Shared<uint64_t> extremes;   // [2]

    Tokens tokens = Tokens::all;
    uint64_t limit = ~uint64_t(0), tie = 0;
    uint32_t distance = 0;
    double mean = 0;

    DEVICE uint32_t count() const { return binCount[zonda_sampling_bins - 1]; }
    DEVICE uint64_t mass() const { return binMass[zonda_sampling_bins - 1]; }

    /// Everything is here once, in a loop: it is inlined, and a pass alone is a page of instructions.
    DEVICE Cut cut(By by, uint64_t target) {
        Interval interval;
        Pass next = first_pass(by, target, interval);
        bool isDone = covers(by, target);
        while (!isDone) {
            const int shift = interval.shift();
            prepare(next);
            pass(next, interval, shift);
            sync_threads();
            if (next == Pass::surprise) return {0, extremes[0]};
            if (next == Pass::extremes && by == By::first) return {extremes[0], 0};
            if (next == Pass::collect) {
                list.finish(probability, interval.tokensBefore, interval.massBefore);
                break;
            }
            if (next == Pass::extremes) {
                interval.low = extremes[0], interval.high = extremes[1];
            } else {
                narrow(interval, by, target, shift);
            }
            // Tokens at equal distances are told apart by `atDistance`: here one distance is the end.
            if (tokens != Tokens::byDistance) {
                next = interval.count > zonda_sampling_capacity ? Pass::parts : Pass::collect;
            } else if (interval.low < interval.high) {
                next = Pass::parts;
            } else {
                list.count = 0;
                return {interval.low, interval.massBefore};
            }
        }
        int n = by == By::count  ? int(uint32_t(target) - list.baseCount)
                : by == By::mass ? list.count_reaching(target)
                                 : list.count_up_to(target);
        n = min_of(n, list.count);
        uint64_t key = 0;
        if (n > 0) key = list.keys[n - 1];
        return {key, list.mass_of_first(n)};
    }

  private:
    /// What the list has need not be looked for again.
    DEVICE bool covers(By by, uint64_t target) const {
        if (list.count == 0 || tokens == Tokens::byDistance || tokens == Tokens::atDistance) return false;
        if (by == By::count) return target > list.baseCount && target <= list.baseCount + uint32_t(list.count);
        uint64_t last = list.cumulative[list.count - 1], end = list.keys[list.count - 1];
        if (by == By::mass) return target > list.baseMass && target <= last;
        return by == By::key && list.baseCount == 0 && target <= end;
    }

    DEVICE Pass first_pass(By by, uint64_t target, Interval &interval) const {
        if (by == By::surprise) return Pass::surprise;
        if (by == By::prefix) {
            interval.high = target;
            return Pass::collect;
        }
        if (by == By::first || tokens != Tokens::all) return Pass::extremes;
        const int bin = by == By::key ? probability.bin(logit_key::logit(target)) : crossing(by, target);
        uint32_t upTo = binCount[bin];
        interval.lastBin = bin;
        if (upTo <= zonda_sampling_capacity) return Pass::collect;
        interval.firstBin = bin;
        if (bin > 0) interval.tokensBefore = binCount[bin - 1], interval.massBefore = binMass[bin - 1];
        interval.count = upTo - interval.tokensBefore;
        return interval.count > zonda_sampling_capacity ? Pass::extremes : Pass::collect;
    }

    /// The first bin with which `target` is reached.
    DEVICE int crossing(By by, uint64_t target) const {
        return by == By::count ? first_reaching(binCount, target) : first_reaching(binMass, target);
    }
    template <typename T> static DEVICE int first_reaching(Shared<T> sums, uint64_t target) {
        int low = 0, high = zonda_sampling_bins - 1;
        while (low < high) {
            int middle = (low + high) / 2;
            if (T(sums[middle]) < target) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    DEVICE void prepare(Pass kind) {
        sync_threads();
        if (threadIdx.x == 0) {
            list.filled[0] = 0;
            extremes[0] = kind == Pass::extremes ? ~uint64_t(0) : 0;
            extremes[1] = 0;
        }
        partCount[threadIdx.x] = 0;
        partMass[threadIdx.x] = 0;
        sync_threads();
    }

    /// The part of the interval with the cut.
    DEVICE void narrow(Interval &interval, By by, uint64_t target, int shift) {
        const int thread = threadIdx.x;
        uint64_t mass = partMass[thread], count = uint32_t(partCount[thread]);
        mass = inclusive_scan(mass, list.partial);
        count = inclusive_scan(count, list.partial);
        partMass[thread] = mass;
        partCount[thread] = uint32_t(count);
        sync_threads();

        int part = by == By::count  ? first_reaching(partCount, target - interval.tokensBefore)
                   : by == By::mass ? first_reaching(partMass, target - interval.massBefore)
                   : target < interval.low
                       ? 0
                       : int(min_of((target - interval.low) >> shift, uint64_t(zonda_sampling_bins - 1)));
        interval.count = partCount[part];
        if (part > 0) {
            uint32_t skipped = partCount[part - 1];
            interval.massBefore += partMass[part - 1];
            interval.tokensBefore += skipped;
            interval.count -= skipped;
        }
        interval.low += uint64_t(part) << shift;
        interval.high = min_of(interval.high, interval.low + ((uint64_t(1) << shift) - 1));
    }

    /// What one thread gathers in a pass.
    struct Tally {
        uint64_t low = ~uint64_t(0), high = 0, sum = 0;
    };

    /// Reads the blocks of 128 tokens whose maximum may be in the interval. Results go to the list, to `partCount` and
    /// `partMass`, or to `extremes`.
    DEVICE void pass(Pass kind, const Interval &interval, int shift) {
        // Blocks under way together, so that their loads are.
        constexpr int depth = 2;
        const float lowest = tokens == Tokens::all ? probability.reached_by(interval.lastBin) : -infinity();
        const int warp = threadIdx.x / 32, lane = lane_id();
        const int blocks = divide_up(row.count, int(zonda_sampling_block));
        Tally tally;
        for (int first = warp * 32; first < blocks; first += samplingThreads) {
            float largest = -infinity();
            if (first + lane < blocks) largest = maxima[first + lane];
            uint32_t wanted = ballot_lanes(largest >= lowest && largest > -infinity());
            while (wanted != 0) {
                float x[depth][4];
                int at[depth];
#pragma unroll
                for (int i = 0; i < depth; i++) {
                    // Beyond the row nothing is loaded.
                    at[i] = (wanted ? (first + lowest_bit(wanted)) * zonda_sampling_block : row.count) + lane * 4;
                    wanted &= wanted - 1;
                    x[i][0] = x[i][1] = x[i][2] = x[i][3] = -infinity();
                    row.load(at[i], x[i]);
                }
#pragma unroll
                for (int i = 0; i < depth * 4; i++) {
                    float logit = x[i / 4][i % 4];
                    if (logit > -infinity()) take(kind, interval, shift, logit, at[i / 4] + i % 4, tally);
                }
            }
        }
        if (kind == Pass::extremes && tally.low <= tally.high) {
            atomic_min(extremes, tally.low);
            atomic_max(extremes + 1, tally.high);
        }
        if (kind == Pass::surprise) atomic_add(extremes, tally.sum);
    }

    DEVICE void take(Pass kind, const Interval &interval, int shift, float logit, int id, Tally &tally) {
        float exponent = probability.exponent(logit);
        uint64_t mass = ProbabilityMass::mass(exponent), key = logit_key::of(logit, id);
        if (kind == Pass::surprise) {
            // mass * -log2 p, but for the constant that the mean and a token's surprise share, in units of `one`:
            // integers, because their sum must not depend on its order.
            if (key <= limit) tally.sum += uint64_t(-exponent * 1048576.0f) * mass >> 20;
            return;
        }
        if (!counts(exponent, mass, interval, key) || key < interval.low || key > interval.high) return;
        if (kind == Pass::collect) {
            list.add(key);
        } else if (kind == Pass::extremes) {
            tally.low = min_of(tally.low, key);
            tally.high = max_of(tally.high, key);
        } else {
            int part = int((key - interval.low) >> shift);
            atomic_add(partCount + part, 1u);
            atomic_add(partMass + part, mass);
        }
    }

    /// Whether a token counts; `key` becomes what it is ordered by.
    DEVICE bool counts(float exponent, uint64_t mass, const Interval &interval, uint64_t &key) const {
        if (tokens == Tokens::all) {
            int bin = ProbabilityMass::bin_of_exponent(exponent);
            return interval.firstBin <= bin && bin <= interval.lastBin;
        }
        if (key > limit || mass == 0) return false;
        double from = double(exponent) - mean;
        uint32_t away = bits_of(float(from < 0 ? -from : from));
        if (tokens == Tokens::byDistance) {
            key = away;
            return true;
        }
        if (tokens == Tokens::atDistance) return away == distance;
        return away < distance || (away == distance && key <= tie);
    }
};
