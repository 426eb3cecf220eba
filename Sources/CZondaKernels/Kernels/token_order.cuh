// The tokens of a row in order (falling logit, rising id), without sorting the row: finds where the order is cut by a
// count, a cumulative mass or a key. For a block of 256 threads, which all make the same calls.
//
// Counts and masses per bin of an eighth of an octave are there already. Most cuts fall among the first thousand tokens:
// those are collected and sorted once, and the cut is looked up. Otherwise the bin with the cut is split into 256
// intervals of keys, and again, until what is left can be sorted: a pass over the row each, at most nine, whatever the
// logits are. Everything is integers, so the result is exact.
#pragma once
#include "candidate_list.cuh"
#include "logit_row.cuh"
#include "row_access.cuh"

// Called, not inlined: a pass over the row is a page of instructions, and a draw makes up to a dozen.
#ifdef ZONDA_EMULATOR
#define OUT_OF_LINE
#else
#define OUT_OF_LINE __device__ __noinline__
#endif

enum class By { count, mass, key };

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
    surprise,  // sums mass * surprise of the tokens up to `limit`
};

/// Keys low ... high of bins firstBin ... lastBin.
struct Interval {
    int firstBin = 0, lastBin = zonda_sampling_bins - 1;
    uint64_t low = 0, high = ~uint64_t(0);
};

struct TokenOrder {
    LogitRow row;
    ProbabilityMass probability;
    Global<const float> maxima;  // of every zonda_sampling_block tokens
    CandidateList list;
    Shared<uint64_t> binMass;    // [bins] up to and with each bin
    Shared<uint32_t> binCount;   // [bins]
    Shared<uint64_t> partMass;   // [bins] scratch of splitting: the same of intervals
    Shared<uint32_t> partCount;  // [bins]
    Shared<uint64_t> extremes;   // [2]

    Tokens tokens = Tokens::all;
    uint64_t limit = ~uint64_t(0), tie = 0;
    uint32_t distance = 0;
    double mean = 0;

    DEVICE uint32_t count() const { return binCount[zonda_sampling_bins - 1]; }
    DEVICE uint64_t mass() const { return binMass[zonda_sampling_bins - 1]; }

    /// The cut after `target` tokens; after the first token with which `target` mass is reached; after the last token
    /// whose key is at most `target` (there `Cut.key` means nothing).
    OUT_OF_LINE Cut cut(By by, uint64_t target) {
        if (!covers(by, target)) {
            if (tokens != Tokens::all) {
                split(by, target, Interval{}, 0, 0, unknown);
            } else {
                int bin = by == By::key ? probability.bin(logit_key::logit(target)) : crossing(by, target);
                uint32_t upTo = binCount[bin], before = 0;
                uint64_t massBefore = 0;
                if (bin > 0) before = binCount[bin - 1], massBefore = binMass[bin - 1];
                if (upTo <= zonda_sampling_capacity) {
                    collect(Interval{0, bin}, 0, 0);
                } else {
                    split(by, target, Interval{bin, bin}, before, massBefore, upTo - before);
                }
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

    /// Fills the list with the first tokens, up to `key`: at most as many as it holds.
    DEVICE void collect_first(uint64_t key) { collect(Interval{0, zonda_sampling_bins - 1, 0, key}, 0, 0); }

    /// The key that comes first, of `tokens`.
    DEVICE uint64_t first_key() {
        find_extremes(Interval{});
        return extremes[0];
    }

  private:
    /// For `split`: more tokens than fit the list.
    static constexpr uint32_t unknown = 0xFFFFFFFFu;

    /// Reads the blocks of 128 tokens whose maximum may be in the interval. Results go to the list, `partCount` and
    /// `partMass`, or `extremes`, which the caller has prepared; it waits for all threads before and after.
    OUT_OF_LINE void pass(Pass kind, const Interval &interval, int shift) {
        const LogitRow row = this->row;
        const float lowest = tokens == Tokens::all ? probability.reached_by(interval.lastBin) : -infinity();
        const int warp = threadIdx.x / 32, lane = lane_id();
        const int blocks = divide_up(row.count, int(zonda_sampling_block));
        Tally tally;
        for (int first = warp * 128; first < blocks; first += samplingThreads / 32 * 128) {
            float largest[4] = {-infinity(), -infinity(), -infinity(), -infinity()};
            // Maxima are padded with minus infinity to whole chunks: multiples of four.
            if (first + lane * 4 < blocks) load_values(maxima + first + lane * 4, largest);
            uint32_t wanted[4];
#pragma unroll
            for (int j = 0; j < 4; j++) wanted[j] = ballot_lanes(largest[j] >= lowest && largest[j] > -infinity());
            while ((wanted[0] | wanted[1] | wanted[2] | wanted[3]) != 0) {
                // Four blocks at once, so that their loads are under way together.
                float x[4][4];
                int at[4];
#pragma unroll
                for (int j = 0; j < 4; j++) {
                    // Beyond the row nothing is loaded.
                    at[j] = wanted[j] ? (first + lowest_bit(wanted[j]) * 4 + j) * zonda_sampling_block : row.count;
                    at[j] += lane * 4;
                    wanted[j] &= wanted[j] - 1;
                    x[j][0] = x[j][1] = x[j][2] = x[j][3] = -infinity();
                    row.load(at[j], x[j]);
                }
#pragma unroll
                for (int j = 0; j < 16; j++) {
                    float logit = x[j / 4][j % 4];
                    if (logit > -infinity()) take(kind, interval, shift, logit, at[j / 4] + j % 4, tally);
                }
            }
        }
        if (kind == Pass::extremes && tally.low <= tally.high) {
            atomic_min(extremes, tally.low);
            atomic_max(extremes + 1, tally.high);
        }
        if (kind == Pass::surprise) atomic_add(extremes, tally.sum);
    }

    /// What one thread gathers in a pass.
    struct Tally {
        uint64_t low = ~uint64_t(0), high = 0, sum = 0;
    };

    DEVICE void take(Pass kind, const Interval &interval, int shift, float logit, int id, Tally &tally) {
        float exponent = probability.exponent(logit);
        uint64_t mass = ProbabilityMass::mass(exponent), key = logit_key::of(logit, id);
        if (kind == Pass::surprise) {
            // mass * -log2 p, but for the constant that the mean and a token's surprise share, in units of `one`:
            // integers, because their sum must not depend on its order.
            if (key <= limit) tally.sum += uint64_t(-exponent * 1048576.0f) * mass >> 20;
            return;
        }
        if (!order(exponent, mass, interval, key) || key < interval.low || key > interval.high) return;
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
    DEVICE bool order(float exponent, uint64_t mass, const Interval &interval, uint64_t &key) const {
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

    DEVICE bool covers(By by, uint64_t target) const {
        if (list.count == 0) return false;
        if (by == By::count) return target > list.baseCount && target <= list.baseCount + uint32_t(list.count);
        uint64_t last = list.cumulative[list.count - 1], end = list.keys[list.count - 1];
        if (by == By::mass) return target > list.baseMass && target <= last;
        return list.baseCount == 0 && target <= end;
    }

    /// The first bin with which `target` is reached.
    DEVICE int crossing(By by, uint64_t target) const {
        int low = 0, high = zonda_sampling_bins - 1;
        while (low < high) {
            int middle = (low + high) / 2;
            uint64_t reached = by == By::count ? uint64_t(uint32_t(binCount[middle])) : uint64_t(binMass[middle]);
            if (reached < target) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    DEVICE void collect(const Interval &interval, uint32_t tokensBefore, uint64_t massBefore) {
        list.begin();
        pass(Pass::collect, interval, 0);
        list.finish(probability, tokensBefore, massBefore);
    }

    DEVICE void find_extremes(const Interval &interval) {
        sync_threads();
        if (threadIdx.x == 0) extremes[0] = ~uint64_t(0), extremes[1] = 0;
        sync_threads();
        pass(Pass::extremes, interval, 0);
        sync_threads();
    }

    /// Narrows `count` tokens of an interval down to the cut's neighbourhood, and fills the list with that.
    OUT_OF_LINE void split(
        By by, uint64_t target, Interval interval, uint32_t tokensBefore, uint64_t massBefore, uint32_t count) {
        if (count > zonda_sampling_capacity) {
            find_extremes(interval);
            interval.low = extremes[0], interval.high = extremes[1];
        }
        // Tokens at equal distances are told apart by `atDistance`: here one distance is the end.
        while (tokens == Tokens::byDistance ? interval.low < interval.high : count > zonda_sampling_capacity) {
            uint64_t width = interval.high - interval.low;
            int bits = width >> 32 ? 64 - leading_zeros(uint32_t(width >> 32)) : 32 - leading_zeros(uint32_t(width));
            int shift = max_of(bits - 8, 0);
            measure_parts(interval, shift);
            int part = by == By::key ? part_of(target, interval, shift)
                                     : part_reaching(by, target, tokensBefore, massBefore);
            count = partCount[part];
            if (part > 0) {
                uint32_t skipped = partCount[part - 1];
                massBefore += partMass[part - 1];
                tokensBefore += skipped;
                count -= skipped;
            }
            interval.low += uint64_t(part) << shift;
            interval.high = min_of(interval.high, interval.low + ((uint64_t(1) << shift) - 1));
        }
        if (tokens == Tokens::byDistance) {
            distance = uint32_t(interval.low);
            list.count = 0;
            list.baseMass = massBefore;
        } else {
            collect(interval, tokensBefore, massBefore);
        }
    }

    /// Counts and masses up to and with each of 256 parts of the interval.
    DEVICE void measure_parts(const Interval &interval, int shift) {
        const int thread = threadIdx.x;
        sync_threads();
        partCount[thread] = 0;
        partMass[thread] = 0;
        sync_threads();
        pass(Pass::parts, interval, shift);
        sync_threads();
        uint64_t mass = partMass[thread];
        uint64_t count = uint32_t(partCount[thread]);
        mass = inclusive_scan(mass, list.partial);
        count = inclusive_scan(count, list.partial);
        partMass[thread] = mass;
        partCount[thread] = uint32_t(count);
        sync_threads();
    }

    static DEVICE int part_of(uint64_t key, const Interval &interval, int shift) {
        return key < interval.low ? 0 : int(min_of((key - interval.low) >> shift, uint64_t(255)));
    }

    DEVICE int part_reaching(By by, uint64_t target, uint32_t tokensBefore, uint64_t massBefore) const {
        int low = 0, high = 255;
        while (low < high) {
            int middle = (low + high) / 2;
            uint64_t reached = by == By::count ? tokensBefore + uint64_t(uint32_t(partCount[middle]))
                                               : massBefore + uint64_t(partMass[middle]);
            if (reached < target) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

  public:
    /// Leaves the locally typical tokens: of the tokens up to `limit`, whose mass is `mass`, those whose surprise is
    /// nearest to the mean surprise, ties to the likelier, until they have `share` of the mass. Returns their mass.
    /// (Meister et al. 2022; as `Candidates.keepTypical`.)
    OUT_OF_LINE uint64_t keep_typical(float share, uint64_t keyLimit, uint64_t mass) {
        limit = keyLimit;
        sync_threads();
        if (threadIdx.x == 0) extremes[0] = 0;
        sync_threads();
        pass(Pass::surprise, Interval{}, 0);
        sync_threads();
        uint64_t sum = extremes[0];
        mean = -double(sum) / double(mass);

        uint64_t wanted = share_of(share, mass);
        tokens = Tokens::byDistance;
        split(By::mass, wanted, Interval{}, 0, 0, unknown);
        uint64_t nearer = list.baseMass;
        tokens = Tokens::atDistance;
        split(By::mass, wanted, Interval{}, 0, nearer, unknown);
        int n = min_of(list.count_reaching(wanted), list.count);
        tie = list.keys[n - 1];
        uint64_t kept = list.mass_of_first(n);
        tokens = Tokens::typical;
        list.count = 0;
        return kept;
    }
};
