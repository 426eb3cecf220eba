// Recording streams, and running what was recorded.
#include "Driver/result.h"

namespace emulator {

namespace {

zonda_cu_result begin(zonda_cu_stream stream, zonda_cu_capture_mode mode) {
    Call call;
    if (!call) return call.result;
    if (stream == nullptr || stream->queue->recording) return ZONDA_CU_ERROR_STREAM_CAPTURE_UNSUPPORTED;
    stream->queue->recording = std::make_shared<std::vector<Work>>();
    if (mode != ZONDA_CU_CAPTURE_RELAXED) threadState.recordings++;
    return ZONDA_CU_SUCCESS;
}

zonda_cu_result end(zonda_cu_stream stream, zonda_cu_graph *graph) {
    Call call;
    *graph = nullptr;
    auto recording = stream->queue->recording;
    if (!recording) return ZONDA_CU_ERROR_INVALID_VALUE;
    if (threadState.recordings > 0) threadState.recordings--;
    // Streams that joined by waiting for this one are done, too.
    for (auto &queue : driverState.queues) {
        if (queue->recording == recording) queue->recording = nullptr;
    }
    if (!call) return call.result;
    *graph = new zonda_cu_graph_object{recording};
    return ZONDA_CU_SUCCESS;
}

zonda_cu_result instantiate(zonda_cu_graph_exec *executable, zonda_cu_graph graph, uint64_t) {
    Call call;
    if (!call) return call.result;
    *executable = new zonda_cu_graph_exec_object{graph->work};
    return ZONDA_CU_SUCCESS;
}

zonda_cu_result launch(zonda_cu_graph_exec executable, zonda_cu_stream stream) {
    Call call;
    if (!call) return call.result;
    // The first kernel of a graph is not a dependent of what was in the stream before: an action parts them.
    queue_of(stream).push({nullptr, [] {}, nullptr});
    for (const Work &work : *executable->work) queue_of(stream).push(work);
    queue_of(stream).push({nullptr, [] {}, nullptr});
    return Call::outcome();
}

zonda_cu_result destroy_executable(zonda_cu_graph_exec executable) {
    Call call;
    delete executable;
    return Call::outcome();
}

zonda_cu_result destroy(zonda_cu_graph graph) {
    Call call;
    delete graph;
    return Call::outcome();
}

}  // namespace

void fill_graph_calls(zonda_cuda_driver &table) {
    table.cuStreamBeginCapture = begin;
    table.cuStreamEndCapture = end;
    table.cuGraphInstantiateWithFlags = instantiate;
    table.cuGraphLaunch = launch;
    table.cuGraphExecDestroy = destroy_executable;
    table.cuGraphDestroy = destroy;
}

}  // namespace emulator
