// out[i] = a[i] + b[i] for i < count; float32. One thread per value. What is launched first on any GPU, to see that it
// runs what was compiled for it.
extern "C" __global__ void add(float *out, const float *a, const float *b, int count) {
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < count) out[i] = a[i] + b[i];
}
