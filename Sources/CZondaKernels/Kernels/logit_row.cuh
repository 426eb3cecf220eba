// One row of logits as a slot's sampler sees it: logit bias, penalties and mask are applied whenever it is read, so no
// edited copy takes memory, and the raw row stays for the log-probabilities.
#pragma once
#include "zonda_sampling.h"
#include "sampling_numbers.cuh"

struct LogitRow {
    Global<const float> logits, bias;
    Global<const uint32_t> counts, mask;
    float repetition, frequency, presence;
    int count;
    bool isAligned;

    DEVICE static LogitRow raw(const zonda_sample_arguments &args, int logitRow) {
        LogitRow row;
        row.logits = Global<const float>(args.logits) + logitRow * args.logits_stride;
        row.bias = Global<const float>(DevicePointer<const float>{0});
        row.counts = Global<const uint32_t>(DevicePointer<const uint32_t>{0});
        row.mask = row.counts;
        row.repetition = 1, row.frequency = 0, row.presence = 0;
        row.count = args.vocabulary;
        row.isAligned = args.is_aligned;
        return row;
    }

    DEVICE static LogitRow edited(
        const zonda_sample_arguments &args, int logitRow, int slot, const zonda_slot_sampler &sampler) {
        LogitRow row = raw(args, logitRow);
        row.bias = sampler.bias;
        row.counts = sampler.counts;
        row.repetition = sampler.repetition_penalty;
        row.frequency = sampler.frequency_penalty;
        row.presence = sampler.presence_penalty;
        int32_t hasMask = Global<int32_t>(args.has_mask)[slot];
        if (hasMask) row.mask = Global<const uint32_t>(args.masks) + int64_t(slot) * args.mask_stride;
        return row;
    }

    /// Tokens at ... at + 3, `at` a multiple of 4; minus infinity past the end and where the mask forbids.
    DEVICE void load(int at, float (&x)[4]) const {
        if (isAligned && at + 4 <= count) {
            float4 v = as<const float4>(logits + at)[0];
            x[0] = v.x, x[1] = v.y, x[2] = v.z, x[3] = v.w;
        } else {
#pragma unroll
            for (int j = 0; j < 4; j++) {
                x[j] = -infinity();
                if (at + j < count) x[j] = logits[at + j];
            }
        }
        if (at >= count) return;
        if (bias || counts) edit(at, x);
        if (mask) {
            uint32_t word = mask[at / 32];
#pragma unroll
            for (int j = 0; j < 4; j++) {
                if (!(word >> (at % 32 + j) & 1)) x[j] = -infinity();
            }
        }
    }

  private:
    // Not inlined into every pass's fast path by the compiler's choice; few slots come here.
    DEVICE void edit(int at, float (&x)[4]) const {
#pragma unroll
        for (int j = 0; j < 4; j++) {
            if (at + j >= count) break;
            if (bias) x[j] = add_rn(x[j], float(bias[at + j]));
            uint32_t seen = 0;
            if (counts) seen = counts[at + j];
            if (seen) x[j] = penalized(x[j], int(seen & zonda_generated_mask));
        }
    }

    DEVICE float penalized(float logit, int generated) const {
        logit = logit > 0 ? div_rn(logit, repetition) : mul_rn(logit, repetition);
        if (generated > 0) {
            logit = add_rn(logit, -mul_rn(float(generated), frequency));
            logit = add_rn(logit, -presence);
        }
        return logit;
    }
};
