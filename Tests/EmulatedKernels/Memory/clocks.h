// Who has seen what: a vector clock per thread (Lamport's "happened before", kept as in FastTrack, Flanagan and Freund
// 2009).
//
// Each thread counts its own releases. Its row says up to which count of every other thread it has seen what that one
// did. An access is ordered after an earlier one if the row of the later thread has reached the earlier one's epoch.
#pragma once
#include <cstdint>
#include <vector>

namespace emulator {

/// A thread and its count: one moment in its life. 0 is none.
struct Epoch {
    uint64_t bits = 0;
    Epoch() = default;
    Epoch(uint32_t thread, uint32_t count) : bits(uint64_t(thread) << 32 | count) {}
    uint32_t thread() const { return uint32_t(bits >> 32); }
    uint32_t count() const { return uint32_t(bits); }
    explicit operator bool() const { return bits != 0; }
};

using Row = std::vector<uint32_t>;

inline void join(Row &into, const Row &from) {
    uint32_t *a = into.data();
    const uint32_t *b = from.data();
    for (size_t i = 0, count = into.size(); i < count; i++) a[i] = a[i] < b[i] ? b[i] : a[i];
}

class Clocks {
  public:
    /// The copy engine counts as one thread more.
    explicit Clocks(uint32_t threads) : engine(threads), rows(threads, Row(threads + 1)), engineCount(0) {
        for (uint32_t thread = 0; thread < threads; thread++) rows[thread][thread] = 1;
    }

    const uint32_t engine;

    Epoch now(uint32_t thread) const { return {thread, rows[thread][thread]}; }
    bool has_seen(uint32_t thread, Epoch epoch) const { return rows[thread][epoch.thread()] >= epoch.count(); }

    /// What the thread did and saw until now is in `row`; what it does from now on is not.
    void release(uint32_t thread, Row &row) {
        if (row.empty()) row.resize(rows[thread].size());
        join(row, rows[thread]);
        rows[thread][thread]++;
    }
    void acquire(uint32_t thread, const Row &row) {
        if (!row.empty()) join(rows[thread], row);
    }

    /// Something the copy engine has done, and whoever acquires `row` sees.
    Epoch engine_release(Row &row) {
        if (row.empty()) row.resize(engine + 1);
        row[engine] = ++engineCount;
        return {engine, engineCount};
    }

  private:
    std::vector<Row> rows;
    uint32_t engineCount;
};

}  // namespace emulator
