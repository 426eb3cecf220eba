#include "include/zonda_simd.h"
