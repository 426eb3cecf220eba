// What a draw, or a report, asks about the order of a row, one question after the other.
//
// Every filter keeps the first so many tokens, so what the draw needs of each is the mass of what it keeps. The steps
// are those of `TokenChooser` and `LogprobReporter`. They are stages of a loop around one `TokenOrder.cut`, not calls
// for each: the cut is inlined, for no register is spilled then.
#pragma once
#include "token_order.cuh"

struct TokenDraw {
    enum Stage { topK, surprise, nearest, ties, likeliest, topP, floor, position, alternatives, prefix, done };

    DEVICE TokenDraw(const zonda_slot_sampler &sampler, int tokenIndex, TokenOrder &order)
        : sampler(sampler), tokenIndex(tokenIndex), order(order) {}

    /// The token drawn; for a report, how many alternatives the list begins with.
    int result = 0;

    DEVICE void run(bool isReport) {
        mass = order.mass();
        largest = order.probability.largest;
        for (stage = isReport ? alternatives : topK; stage != done;) {
            By by = By::mass;
            uint64_t target = 0;
            if (ask(by, target)) hear(order.cut(by, target));
        }
    }

  private:
    const zonda_slot_sampler &sampler;
    int tokenIndex;
    TokenOrder &order;
    Stage stage = done;
    /// Of all tokens left so far; of those that top-p and min-p keep; of the likeliest.
    uint64_t mass = 0, kept = 0, likeliestMass = ProbabilityMass::one, nearer = 0;
    float largest = 0;

    /// The question of this stage; if it has none, goes on to the next stage.
    DEVICE bool ask(By &by, uint64_t &target) {
        switch (stage) {
        case topK:
            by = By::count;
            target = uint32_t(sampler.top_k);
            if (target > 0 && target < order.count()) return true;
            stage = sampler.typical_p < 1.0f ? surprise : topP;
            return false;
        case surprise: by = By::surprise; return true;
        case nearest:
            order.tokens = Tokens::byDistance;
            target = share_of(sampler.typical_p, mass);
            return true;
        case ties:
            order.tokens = Tokens::atDistance;
            target = share_of(sampler.typical_p, mass) - nearer;
            return true;
        case likeliest: by = By::first; return true;
        case topP:
            target = share_of(sampler.top_p, mass);
            kept = target < mass ? likeliestMass : mass;
            if (target > 0 && target < mass) return true;
            stage = floor;
            return false;
        case floor:
            by = By::key;
            target = logit_key::of(float(double(largest) + sampler.floor_offset), -1);
            if (sampler.flags & zonda_sampler_has_floor) return true;
            stage = position;
            return false;
        case position:
            // Top-p 0 and rounding ask for no less than the likeliest token.
            kept = max_of(kept, likeliestMass);
            target = multiply_high(random_bits(sampler.seed, sampler.choice, tokenIndex), kept) + 1;
            return true;
        case alternatives:
            by = By::count;
            result = int(min_of(uint32_t(sampler.logprob_count), order.count()));
            target = uint32_t(result);
            if (result > 0) return true;
            stage = done;
            return false;
        case prefix:
            by = By::prefix;
            target = lastAlternative;
            if (order.list.baseCount > 0) return true;
            stage = done;
            return false;
        case done: return false;
        }
        return false;
    }

    DEVICE void hear(Cut cut) {
        switch (stage) {
        case topK:
            mass = cut.mass;
            order.limit = cut.key;
            stage = sampler.typical_p < 1.0f ? surprise : topP;
            break;
        case surprise:
            order.mean = -double(cut.mass) / double(mass);
            stage = nearest;
            break;
        case nearest:
            order.distance = uint32_t(cut.key);
            nearer = cut.mass;
            stage = ties;
            break;
        case ties:
            order.tie = cut.key;
            mass = nearer + cut.mass;
            order.tokens = Tokens::typical;
            order.list.count = 0;
            stage = likeliest;
            break;
        case likeliest:
            // The likeliest token may be gone: min-p goes by the likeliest of those left.
            largest = logit_key::logit(cut.key);
            likeliestMass = order.probability(largest);
            stage = topP;
            break;
        case topP:
            kept = cut.mass;
            stage = floor;
            break;
        case floor:
            kept = min_of(kept, cut.mass);
            stage = position;
            break;
        case position:
            result = logit_key::id(cut.key);
            stage = done;
            break;
        case alternatives:
            lastAlternative = cut.key;
            stage = prefix;
            break;
        case prefix:
        case done: stage = done; break;
        }
    }

    uint64_t lastAlternative = 0;
};
