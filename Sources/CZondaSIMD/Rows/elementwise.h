// Activations, sums and scalings: each value by itself, PART at a time.

INLINE vf activated(vf x, zonda_activation kind) {
    switch (kind) {
    case ZONDA_SILU: return vmulf(x, vsigmoid(x));
    case ZONDA_GELU_TANH: {
        // 2 √(2/π) (x + 0.044715 x³)
        vf u = vmulf(vmulf(x, vsetf(1.5957691216f)), vfma(vmulf(x, x), vsetf(0.044715f), vsetf(1)));
        return vmulf(x, vsigmoid(u));
    }
    case ZONDA_GELU: return vmulf(x, vnormal(x));
    case ZONDA_RELU: return vmaxf(vzerof(), x);
    case ZONDA_RELU_SQUARED: return vmulf(vmaxf(vzerof(), x), vmaxf(vzerof(), x));
    }
    return x;
}

// Both are inlined once per kind, so that the switch is outside the loop.
INLINE void activate_rows(zonda_const_rows x, zonda_rows out, int32_t rows, int32_t columns, zonda_activation kind) {
    for (int32_t r = 0; r < rows; r++)
        EACH_PART(columns) {
            vwide a = vload_wide(x.values + (size_t)r * x.stride + at, count, 0);
            EACH_VECTOR a.part[v] = activated(a.part[v], kind);
            vstore_wide(out.values + (size_t)r * out.stride + at, count, a);
        }
}

INLINE void gate_rows(zonda_const_rows gate, zonda_const_rows up, zonda_rows out, int32_t rows, int32_t columns,
                      zonda_activation kind) {
    for (int32_t r = 0; r < rows; r++)
        EACH_PART(columns) {
            vwide a = vload_wide(gate.values + (size_t)r * gate.stride + at, count, 0);
            vwide b = vload_wide(up.values + (size_t)r * up.stride + at, count, 0);
            EACH_VECTOR a.part[v] = vmulf(activated(a.part[v], kind), b.part[v]);
            vstore_wide(out.values + (size_t)r * out.stride + at, count, a);
        }
}

#define EACH_ACTIVATION(X) X(ZONDA_SILU) X(ZONDA_GELU_TANH) X(ZONDA_GELU) X(ZONDA_RELU) X(ZONDA_RELU_SQUARED)

static void rows_activate(zonda_const_rows x, zonda_rows out, int32_t rows, int32_t columns, zonda_activation kind) {
    switch (kind) {
#define CASE(k) case k: activate_rows(x, out, rows, columns, k); break;
        EACH_ACTIVATION(CASE)
#undef CASE
    }
}

static void rows_gate(zonda_const_rows gate, zonda_const_rows up, zonda_rows out, int32_t rows, int32_t columns,
                      zonda_activation kind) {
    switch (kind) {
#define CASE(k) case k: gate_rows(gate, up, out, rows, columns, k); break;
        EACH_ACTIVATION(CASE)
#undef CASE
    }
}
#undef EACH_ACTIVATION

static void rows_add(zonda_const_rows a, zonda_const_rows b, zonda_rows out, int32_t rows, int32_t columns,
                     float scale) {
    for (int32_t r = 0; r < rows; r++)
        EACH_PART(columns) {
            vwide x = vload_wide(a.values + (size_t)r * a.stride + at, count, 0);
            vwide y = vload_wide(b.values + (size_t)r * b.stride + at, count, 0);
            EACH_VECTOR x.part[v] = vfma(y.part[v], vsetf(scale), x.part[v]);
            vstore_wide(out.values + (size_t)r * out.stride + at, count, x);
        }
}

static void rows_scale(zonda_const_rows x, zonda_rows out, int32_t rows, int32_t columns, float scale) {
    for (int32_t r = 0; r < rows; r++)
        EACH_PART(columns) {
            vwide a = vload_wide(x.values + (size_t)r * x.stride + at, count, 0);
            EACH_VECTOR a.part[v] = vmulf(a.part[v], vsetf(scale));
            vstore_wide(out.values + (size_t)r * out.stride + at, count, a);
        }
}

static void rows_soft_cap(zonda_const_rows x, zonda_rows out, int32_t rows, int32_t columns, float cap) {
    for (int32_t r = 0; r < rows; r++)
        EACH_PART(columns) {
            vwide a = vload_wide(x.values + (size_t)r * x.stride + at, count, 0);
            EACH_VECTOR a.part[v] = vmulf(vtanh(vdivf(a.part[v], vsetf(cap))), vsetf(cap));
            vstore_wide(out.values + (size_t)r * out.stride + at, count, a);
        }
}
