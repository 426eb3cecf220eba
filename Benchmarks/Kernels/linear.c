// Times the linear layers and measures what they are held against: the peak of int16 products and read bandwidth.
//
//   make linear && ./linear [peak|prefill|decode|pack] [--isa avx2] [--threads 2] [--type Q4_K] [--rows 504]
//
// Weights are random bytes. Every figure is the best of several runs. With one thread, time is that thread's CPU time, so a
// busy machine shows little; with more it is the wall clock.
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "zonda_simd.h"

static const struct {
    zonda_type type;
    const char *name;
} types[] = {
    {ZONDA_Q4_1, "Q4_1"}, {ZONDA_Q5_0, "Q5_0"}, {ZONDA_Q8_0, "Q8_0"}, {ZONDA_Q4_K, "Q4_K"}, {ZONDA_Q6_K, "Q6_K"},
    {ZONDA_Q4_0, "Q4_0"}, {ZONDA_Q5_K, "Q5_K"}, {ZONDA_Q3_K, "Q3_K"}, {ZONDA_Q2_K, "Q2_K"}, {ZONDA_IQ4_XS, "IQ4_XS"},
    {ZONDA_MXFP4, "MXFP4"}, {ZONDA_NVFP4, "NVFP4"}, {ZONDA_IQ3_S, "IQ3_S"}, {ZONDA_BF16, "BF16"}, {ZONDA_F32, "F32"},
};

static const zonda_kernels *kernels;
static int thread_count = 2;
static const char *only_type;

static double seconds(void) {
    struct timespec t;
    clock_gettime(thread_count == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}
static void *allocate(size_t bytes) { return aligned_alloc(4096, (bytes + 8191) / 4096 * 4096); }

// ---- threads that spin: a job is a function over items, taken from a cursor ----

typedef void Work(void *argument, int item, int thread);
static Work *work;
static void *argument;
static int item_count;
static atomic_int epoch, finished, cursor;

static void take_items(int thread) {
    for (int i; (i = atomic_fetch_add(&cursor, 1)) < item_count;) work(argument, i, thread);
}
static void *worker(void *number) {
    for (int seen = 0;;) {
        while (atomic_load_explicit(&epoch, memory_order_acquire) == seen) __builtin_ia32_pause();
        seen++;
        take_items((int)(intptr_t)number);
        atomic_fetch_add(&finished, 1);
    }
    return NULL;
}
static void parallel(Work *function, void *of, int items) {
    work = function, argument = of, item_count = items;
    atomic_store(&cursor, 0);
    atomic_store(&finished, 0);
    atomic_fetch_add(&epoch, 1);
    take_items(0);
    while (atomic_load_explicit(&finished, memory_order_acquire) < thread_count - 1) __builtin_ia32_pause();
}

// ---- peaks ----

#if defined(__x86_64__)
#include <immintrin.h>
enum { PRODUCTS = 4000000, CHAINS = 12 };

__attribute__((target("avx2"))) static void products_avx2(void *counts, int item, int thread) {
    (void)item;
    __m256i a[CHAINS], w = _mm256_set1_epi16(3), b = _mm256_set1_epi16(5);
    for (int i = 0; i < CHAINS; i++) a[i] = _mm256_set1_epi32(i);
    for (int n = 0; n < PRODUCTS; n++) {
        _Pragma("clang loop unroll(full)") for (int i = 0; i < CHAINS; i++) {
            __asm__ volatile("" : "+x"(w));  // or one product would do for all
            a[i] = _mm256_add_epi32(a[i], _mm256_madd_epi16(w, b));
        }
    }
    for (int i = 1; i < CHAINS; i++) a[0] = _mm256_add_epi32(a[0], a[i]);
    ((int *)counts)[16 * thread] = _mm256_extract_epi32(a[0], 0);
}

__attribute__((target("avx512f,avx512vnni"))) static void products_avx512(void *counts, int item, int thread) {
    (void)item;
    __m512i a[CHAINS], w = _mm512_set1_epi16(3), b = _mm512_set1_epi16(5);
    for (int i = 0; i < CHAINS; i++) a[i] = _mm512_set1_epi32(i);
    for (int n = 0; n < PRODUCTS; n++)
        _Pragma("clang loop unroll(full)") for (int i = 0; i < CHAINS; i++)
            __asm__ volatile("vpdpwssd %2, %1, %0" : "+v"(a[i]) : "v"(w), "v"(b));
    for (int i = 1; i < CHAINS; i++) a[0] = _mm512_add_epi32(a[0], a[i]);
    ((int *)counts)[16 * thread] = _mm512_cvtsi512_si32(a[0]);
}

static void peak_of(const char *name, Work *products, int lanes) {
    int counts[16 * 64];
    double best = 1e9;
    for (int i = 0; i < 8; i++) {
        double t = seconds();
        parallel(products, counts, thread_count);
        best = fmin(best, seconds() - t);
    }
    printf("int16 products with %s, %d threads: %.0f Gop/s\n", name, thread_count,
        1e-9 * PRODUCTS * CHAINS * 4 * lanes * thread_count / best);
}
#endif

static void read_memory(void *memory, int item, int thread) {
    (void)thread;
    const uint64_t *p = (const uint64_t *)((uint8_t *)memory + ((size_t)item << 22));
    uint64_t sum = 0;
    for (int i = 0; i < (1 << 22) / 8; i++) sum += p[i];
    __asm__ volatile("" : : "r"(sum));
}

static void peaks(void) {
    size_t bytes = (size_t)1 << 30;
    uint8_t *memory = allocate(bytes);
    memset(memory, 1, bytes);
    double best = 1e9;
    for (int i = 0; i < 8; i++) {
        double t = seconds();
        parallel(read_memory, memory, (int)(bytes >> 22));
        best = fmin(best, seconds() - t);
    }
    printf("read bandwidth, %d threads: %.1f GB/s\n", thread_count, 1e-9 * (double)bytes / best);
    free(memory);
#if defined(__x86_64__)
    peak_of("AVX2 (madd + add)", products_avx2, 8);
    if (zonda_kernels_for(ZONDA_ISA_AVX512)) peak_of("AVX-512 VNNI", products_avx512, 16);
#endif
}

// ---- products ----

typedef struct {
    zonda_linear_op op;
    int run;  ///< outputs of an item
    uint8_t *scratch;
} Product;

static void multiply(void *of, int item, int thread) {
    Product *p = of;
    int first = item * p->run, end = first + p->run;
    if (end > p->op.weight.rows) end = p->op.weight.rows;
    kernels->linear.linear(&p->op, 0, p->op.rows, first, end, p->scratch + (size_t)thread * (1 << 20));
}

static zonda_weight random_weight(zonda_type type, int rows, int columns) {
    size_t bytes = zonda_packed_bytes(type, rows, columns);
    uint32_t *data = allocate(bytes), seed = 1;
    for (size_t i = 0; i < bytes / 4; i++) data[i] = (seed = seed * 1664525 + 1013904223) >> 1 & 0x3fff3fff;
    return (zonda_weight){type, rows, columns, data, NULL, 0};
}

static float *random_rows(int rows, int columns) {
    float *x = allocate((size_t)rows * (size_t)columns * 4);
    uint32_t seed = 7;
    for (int i = 0; i < rows * columns; i++) x[i] = (float)(int32_t)(seed = seed * 1664525 + 1013904223) * 0x1p-31f;
    return x;
}

static Product product(const zonda_weight *weight, const float *x, int rows, float *y, uint8_t *scratch) {
    zonda_panel_kind kind = zonda_panels_for(weight->type, false);
    void *panels = allocate(zonda_panel_bytes(kind, rows, weight->columns));
    kernels->linear.make_panels(kind, x, weight->columns, NULL, rows, weight->columns, 0, rows, panels);
    int run = rows > 16 ? kernels->linear.output_rows : 128;
    return (Product){{*weight, kind, panels, rows, NULL, y, weight->rows}, run, scratch};
}
static int items(const Product *p) { return (p->op.weight.rows + p->run - 1) / p->run; }

static int wanted(const char *name) { return !only_type || !strcmp(name, only_type); }

static void prefill(int rows) {
    static const int shapes[][2] = {{576, 576},   {192, 576},   {1536, 576},  {576, 1536}, {49152, 576}, {896, 896},
                                    {128, 896},   {4864, 896},  {896, 4864},  {1536, 1536}, {8960, 1536}, {1536, 8960}};
    uint8_t *scratch = allocate((size_t)thread_count << 20);
    for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
        if (!wanted(types[t].name)) continue;
        printf("%-6s %d rows, Gop/s:", types[t].name, rows);
        for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
            int N = shapes[s][0], K = shapes[s][1];
            if (!zonda_packed_bytes(types[t].type, N, K)) continue;
            zonda_weight weight = random_weight(types[t].type, N, K);
            float *x = random_rows(rows, K), *y = allocate((size_t)rows * (size_t)N * 4);
            Product p = product(&weight, x, rows, y, scratch);
            double best = 1e9, begin = seconds();
            for (int k = 0; k < 3 || seconds() - begin < 0.3; k++) {
                double now = seconds();
                parallel(multiply, &p, items(&p));
                best = fmin(best, seconds() - now);
            }
            printf("  %d->%d %.0f", K, N, 2e-9 * rows * (double)N * K / best);
            fflush(stdout);
            free((void *)weight.packed), free(x), free(y), free((void *)p.op.panels);
        }
        printf("\n");
    }
    float *x = random_rows(rows, 1536);
    void *panels = allocate(zonda_panel_bytes(ZONDA_PANELS_ROUNDED, rows, 1536));
    double best = 1e9;
    for (int k = 0; k < 20; k++) {
        double now = seconds();
        kernels->linear.make_panels(ZONDA_PANELS_ROUNDED, x, 1536, NULL, rows, 1536, 0, rows, panels);
        best = fmin(best, seconds() - now);
    }
    printf("rounding %d x 1536, one thread: %.2f ms, %.2f Gvalues/s\n", rows, 1e3 * best, 1e-9 * rows * 1536 / best);
}

/// One pass over the linear layers of a model of 28 layers with the 1.5B's shapes: more than caches hold.
static void decode(void) {
    enum { LAYERS = 28, EACH = 7 };
    static const int shapes[EACH][2] = {{1536, 1536}, {256, 1536},  {256, 1536}, {1536, 1536},
                                        {8960, 1536}, {8960, 1536}, {1536, 8960}};
    uint8_t *scratch = allocate((size_t)thread_count << 20);
    for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
        if (!wanted(types[t].name) || (!only_type && t >= 5)) continue;
        zonda_weight weights[LAYERS * EACH];
        double bytes = 0;
        for (int i = 0; i < LAYERS * EACH; i++) {
            const int *shape = shapes[i % EACH];
            weights[i] = random_weight(types[t].type, shape[0], shape[1]);
            bytes += (double)zonda_packed_bytes(types[t].type, shape[0], shape[1]);
        }
        float *x = random_rows(16, 8960), *y = allocate((size_t)16 * 8960 * 4);
        printf("%-6s %.2f GB, ms (GB/s):", types[t].name, 1e-9 * bytes);
        for (int rows = 1; rows <= 16; rows *= 2) {
            double best = 1e9;
            Product narrow = product(&weights[0], x, rows, y, scratch), wide = product(&weights[6], x, rows, y, scratch);
            for (int k = 0; k < 6; k++) {
                double now = seconds();
                for (int i = 0; i < LAYERS * EACH; i++) {
                    Product p = weights[i].columns == 1536 ? narrow : wide;
                    p.op.weight = weights[i], p.op.out_stride = weights[i].rows;
                    parallel(multiply, &p, items(&p));
                }
                best = fmin(best, seconds() - now);
            }
            printf("  %d rows %.1f (%.1f)", rows, 1e3 * best, 1e-9 * bytes / best);
            fflush(stdout);
            free((void *)narrow.op.panels), free((void *)wide.op.panels);
        }
        printf("\n");
        for (int i = 0; i < LAYERS * EACH; i++) free((void *)weights[i].packed);
        free(x), free(y);
    }
}

typedef struct {
    zonda_type type;
    const uint8_t *from;
    uint8_t *to;
    int columns;
} Packing;

static void pack_tile(void *of, int item, int thread) {
    (void)thread;
    const Packing *p = of;
    size_t stride = (size_t)(p->columns / zonda_block_columns(p->type) * zonda_block_bytes(p->type));
    zonda_pack_tile(p->type, p->from + (size_t)item * 16 * stride, stride, 16, p->columns,
        p->to + (size_t)item * zonda_packed_tile_bytes(p->type, p->columns));
}

static void packing(void) {
    for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
        if (!wanted(types[t].name)) continue;
        size_t bytes = zonda_packed_bytes(types[t].type, 8960, 1536);
        Packing p = {types[t].type, allocate(bytes), allocate(bytes), 1536};
        memset((void *)p.from, 1, bytes), memset(p.to, 1, bytes);
        double best = 1e9;
        for (int k = 0; k < 5; k++) {
            double now = seconds();
            parallel(pack_tile, &p, 8960 / 16);
            best = fmin(best, seconds() - now);
        }
        printf("packing %-6s %.2f GB/s, %.2f Gweights/s\n", types[t].name, 1e-9 * (double)bytes / best, 1e-9 * 8960 * 1536 / best);
        free((void *)p.from), free(p.to);
    }
}

int main(int argc, char **argv) {
    const char *what = "all";
    int rows = 504;
    kernels = zonda_kernels_for(zonda_best_isa());
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--threads") && i + 1 < argc) thread_count = atoi(argv[++i]);
        else if (!strcmp(argv[i], "--type") && i + 1 < argc) only_type = argv[++i];
        else if (!strcmp(argv[i], "--rows") && i + 1 < argc) rows = atoi(argv[++i]);
        else if (!strcmp(argv[i], "--isa") && i + 1 < argc) {
            kernels = NULL;
            i++;
            for (int isa = 0; isa < ZONDA_ISA_COUNT; isa++) {
                const zonda_kernels *k = zonda_kernels_for((zonda_isa)isa);
                if (k && !strcmp(k->name, argv[i])) kernels = k;
            }
        } else what = argv[i];
    }
    if (!kernels || thread_count < 1 || thread_count > 64 || rows < 1) {
        fprintf(stderr, "this machine lacks that instruction set, or a number is out of range\n");
        return 1;
    }
    for (intptr_t i = 1; i < thread_count; i++) {
        pthread_t thread;
        pthread_create(&thread, NULL, worker, (void *)i);
    }
    int all = !strcmp(what, "all");
    printf("%s, %d threads\n", kernels->name, thread_count);
    if (all || !strcmp(what, "peak")) peaks();
    if (all || !strcmp(what, "prefill")) prefill(rows);
    if (all || !strcmp(what, "decode")) decode();
    if (all || !strcmp(what, "pack")) packing();
    return 0;
}
