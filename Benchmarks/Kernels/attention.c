// Attention over paged keys and values: GB/s of decode and Gflop/s of prefill. Random queries, keys and values.
//
//   make -C Benchmarks/Kernels attention && Benchmarks/Kernels/attention [threads] [isa]
//
// First what the machine can do: bytes read and float32 fma. A decode reads every key and value of its context once. A
// prefill of R rows at position P counts 4 * headSize operations per query head and visible position.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "zonda_pool.h"
#include "zonda_simd.h"

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static float random_value(void) {
    static uint64_t state = 1;
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (float)(state >> 40) * 0x1p-23f - 1;
}

static void *memory(size_t bytes) {
    void *p = aligned_alloc(64, (bytes + 63) / 64 * 64);
    if (!p) abort();
    memset(p, 0, bytes);
    return p;
}

typedef struct setup {
    zonda_pool *pool;
    const zonda_kernels *kernels;
    int32_t threads;
} setup;

// Reads `context` tokens in `layers` layers that are laid out one after the other, `rows` rows at the end of them.
static void measure(setup s, const char *name, zonda_kv_shape shape, int32_t heads, int32_t context, int32_t rows,
                    int32_t layers) {
    const int32_t pages = (context + ZONDA_PAGE_TOKENS - 1) / ZONDA_PAGE_TOKENS;
    const int32_t width = shape.kv_heads * shape.head_size;
    const size_t page_bytes = zonda_kv_page_bytes(shape), layer_bytes = page_bytes * (size_t)pages;
    float *keys = memory(sizeof(float) * (size_t)context * (size_t)width);
    for (size_t i = 0; i < (size_t)context * (size_t)width; i++) keys[i] = random_value();
    float *query = memory(sizeof(float) * (size_t)rows * (size_t)heads * (size_t)shape.head_size);
    for (size_t i = 0; i < (size_t)rows * (size_t)heads * (size_t)shape.head_size; i++) query[i] = random_value();
    float *output = memory(sizeof(float) * (size_t)rows * (size_t)heads * (size_t)shape.head_size);
    uint8_t *kv = memory(layer_bytes * (size_t)layers);
    int32_t *table = memory(sizeof(int32_t) * (size_t)pages), *slots = memory(sizeof(int32_t) * (size_t)context);
    for (int32_t i = 0; pages > 1 && i < pages; i++) table[i] = pages - 1 - i;
    for (int32_t i = 0; i < context; i++)
        slots[i] = table[i / ZONDA_PAGE_TOKENS] * ZONDA_PAGE_TOKENS + i % ZONDA_PAGE_TOKENS;

    const zonda_attention_heads group = {heads, shape.kv_heads, 0};
    const zonda_span span = {0, rows, context - rows};
    const zonda_attention_limits limits = zonda_attention_plan_limits(group, rows, 1, context, s.threads);
    zonda_attention_plan plan = {
        .items = memory(sizeof(zonda_attention_item) * (size_t)limits.items), .item_capacity = limits.items,
        .merges = memory(sizeof(zonda_attention_item) * (size_t)limits.merges), .merge_capacity = limits.merges,
        .partial_capacity = limits.partials};
    if (!zonda_attention_make_plan(&plan, group, &span, 1, s.threads)) abort();
    const size_t partial_bytes = sizeof(float) * zonda_attention_partial_floats(shape.head_size);
    float *partials = memory(partial_bytes * (size_t)limits.partials);
    uint8_t *scratch = memory(zonda_attention_scratch_bytes() * (size_t)s.threads);
    const int32_t zero = 0;

    double best[2] = {1e9, 1e9};
    double begin = seconds();
    for (int round = 0; round < 3 || seconds() - begin < 1; round++) {
        zonda_job jobs[64 * 2];
        zonda_attention layer[64];
        zonda_kv_store store[64];
        for (int32_t l = 0; l < layers; l++) {
            store[l] = (zonda_kv_store){
                .shape = shape, .keys = keys, .values = keys, .key_stride = (size_t)width,
                .value_stride = (size_t)width, .slots = slots, .rows = context,
                .pages = kv + layer_bytes * (size_t)l, .page_stride = page_bytes};
            jobs[l] = (zonda_job){s.kernels->attention.store, &store[l], NULL,
                                  zonda_kv_store_item_count(context, shape.kv_heads), false};
        }
        double t = seconds();
        if (round < 2) zonda_pool_run(s.pool, jobs, layers);
        t = (seconds() - t) / layers;
        if (t < best[1] && round < 2) best[1] = t;
        for (int32_t l = 0; l < layers; l++) {
            layer[l] = (zonda_attention){
                .shape = shape, .heads = group, .scale = 0.1f, .query = query, .output = output,
                .query_stride = (size_t)(heads * shape.head_size), .output_stride = (size_t)(heads * shape.head_size),
                .pages = kv + layer_bytes * (size_t)l, .page_stride = page_bytes, .spans = &span, .tables = table,
                .table_offsets = &zero, .plan = &plan, .partials = partials, .scratch = scratch};
            jobs[2 * l] = (zonda_job){s.kernels->attention.attend, &layer[l], &plan.item_count, 0, false};
            jobs[2 * l + 1] = (zonda_job){s.kernels->attention.merge, &layer[l], &plan.merge_count, 0, false};
        }
        t = seconds();
        zonda_pool_run(s.pool, jobs, 2 * layers);
        t = (seconds() - t) / layers;
        if (t < best[0]) best[0] = t;
    }
    const double visible = (double)rows * context - 0.5 * (double)rows * (rows - 1);
    printf("%-32s context %6d rows %4d: %9.1f us a layer, %6.1f GB/s, %6.1f Gflop/s; store %6.1f ns a token\n", name,
           context, rows, best[0] * 1e6, (double)layer_bytes / best[0] * 1e-9,
           4 * visible * heads * shape.head_size / best[0] * 1e-9, best[1] * 1e9 / context);
    free(keys), free(query), free(output), free(kv), free(table), free(slots), free(plan.items), free(plan.merges);
    free(partials), free(scratch);
}

static float stream[1 << 26];
static volatile float sink;

static void read_stream(const void *arguments, int32_t item, int32_t thread) {
    (void)arguments, (void)thread;
    typedef float vector __attribute__((vector_size(32)));
    const vector *x = (const vector *)stream + (size_t)item * (1 << 17);
    vector sum[8] = {0};
    for (int i = 0; i < 1 << 17; i += 8)
        for (int k = 0; k < 8; k++) sum[k] += x[i + k];
    for (int k = 1; k < 8; k++) sum[0] += sum[k];
    sink = sum[0][0];
}

__attribute__((target("avx2,fma"))) static void multiply(const void *arguments, int32_t item, int32_t thread) {
    (void)arguments, (void)item, (void)thread;
#if defined(__x86_64__)
    typedef float vector __attribute__((vector_size(32)));
    vector sum[12] = {0}, a = {0}, b = {0};
    __asm__ volatile("" : "+x"(a), "+x"(b));
    for (int i = 0; i < 1000000; i++)
#pragma clang loop unroll(full)
        for (int k = 0; k < 12; k++) __asm__ volatile("vfmadd231ps %1, %2, %0" : "+x"(sum[k]) : "x"(a), "x"(b));
    sink = sum[0][0];
#endif
}

int main(int count, char **arguments) {
    setup s = {.threads = count > 1 ? atoi(arguments[1]) : zonda_available_threads()};
    s.pool = zonda_pool_create(s.threads);
    zonda_isa isa = zonda_best_isa();
    for (int i = 0; count > 2 && i < ZONDA_ISA_COUNT; i++)
        if (zonda_kernels_for((zonda_isa)i) && !strcmp(zonda_kernels_for((zonda_isa)i)->name, arguments[2]))
            isa = (zonda_isa)i;
    s.kernels = zonda_kernels_for(isa);
    if (!s.pool) return 1;
    memset(stream, 1, sizeof stream);
    double best[2] = {1e9, 1e9};
    for (int i = 0; i < 5; i++) {
        const zonda_job jobs[2] = {{read_stream, NULL, NULL, 64, false}, {multiply, NULL, NULL, 4 * s.threads, false}};
        for (int k = 0; k < 2; k++) {
            double t = seconds();
            zonda_pool_run(s.pool, jobs + k, 1);
            t = seconds() - t;
            if (t < best[k]) best[k] = t;
        }
    }
    printf("%s, %d threads: reads %.1f GB/s, float32 fma (AVX2) %.0f Gflop/s\n", s.kernels->name, s.threads,
           sizeof stream / best[0] * 1e-9, 192e6 * 4 * s.threads / best[1] * 1e-9);
    static const struct {
        const char *name;
        zonda_kv_shape shape;
        int32_t heads;
    } models[] = {
        {"SmolLM2-135M f16", {ZONDA_KV_F16, 3, 64}, 9},   {"Qwen2.5-0.5B f16", {ZONDA_KV_F16, 2, 64}, 14},
        {"Qwen2.5-1.5B f16", {ZONDA_KV_F16, 2, 128}, 12}, {"Llama-3-8B f16", {ZONDA_KV_F16, 8, 128}, 32},
        {"Llama-3-8B q8_0", {ZONDA_KV_Q8_0, 8, 128}, 32}, {"Llama-3-8B f32", {ZONDA_KV_F32, 8, 128}, 32},
    };
    for (size_t m = 0; m < sizeof models / sizeof *models; m++) {
        // Enough layers that a decode's context isn't in a cache.
        const double layer = (double)zonda_kv_page_bytes(models[m].shape) * 4096 / ZONDA_PAGE_TOKENS;
        const int32_t layers = layer > 64e6 ? 2 : (int32_t)(128e6 / layer) > 32 ? 32 : (int32_t)(128e6 / layer) + 1;
        measure(s, models[m].name, models[m].shape, models[m].heads, 4096, 1, layers);
        measure(s, models[m].name, models[m].shape, models[m].heads, 512, 512, 1);
        measure(s, models[m].name, models[m].shape, models[m].heads, 4096, 512, 1);
    }
    zonda_pool_destroy(s.pool);
}
