// Calls on streams and events.
#include <algorithm>

#include "Driver/result.h"

namespace emulator {

namespace {

zonda_cu_result create(zonda_cu_stream *stream, uint32_t, int32_t) {
    Call call;
    if (!call) return call.result;
    *stream = new zonda_cu_stream_object;
    driverState.queues.push_back((*stream)->queue);
    return ZONDA_CU_SUCCESS;
}

zonda_cu_result destroy(zonda_cu_stream stream) {
    Call call;
    stream->queue->run_all();
    std::erase(driverState.queues, stream->queue);
    delete stream;
    return Call::outcome();
}

zonda_cu_result synchronize(zonda_cu_stream stream) {
    Call call;
    if (!call) return call.result;
    if (queue_of(stream).recording) return ZONDA_CU_ERROR_STREAM_CAPTURE_UNSUPPORTED;
    queue_of(stream).run_all();
    return Call::outcome();
}

/// Whoever asks again and again makes the work go on, a piece at a time.
zonda_cu_result query(zonda_cu_stream stream) {
    Call call;
    if (!call) return call.result;
    Queue &queue = queue_of(stream);
    if (queue.is_idle()) return Call::outcome();
    queue.run_one();
    return Call::outcome() != ZONDA_CU_SUCCESS ? Call::outcome() : ZONDA_CU_ERROR_NOT_READY;
}

zonda_cu_result wait_event(zonda_cu_stream stream, zonda_cu_event event, uint32_t) {
    Call call;
    if (!call) return call.result;
    Queue &queue = queue_of(stream);
    if (event->recording) {
        // A stream that waits for a recorded one is recorded with it. Work of all of them is kept in the order in which
        // it was submitted, which respects every wait.
        queue.recording = event->recording;
        return ZONDA_CU_SUCCESS;
    }
    if (!event->queue || event->queue->is_done(event->ticket)) return ZONDA_CU_SUCCESS;
    queue.push({nullptr, [other = event->queue, ticket = event->ticket] { other->run_until(ticket); }, &queue});
    return Call::outcome();
}

zonda_cu_result launch_host(zonda_cu_stream stream, void (*function)(void *), void *argument) {
    Call call;
    if (!call) return call.result;
    Queue &queue = queue_of(stream);
    queue.push({nullptr, [=] { function(argument); }, &queue});
    return Call::outcome();
}

zonda_cu_result create_event(zonda_cu_event *event, uint32_t flags) {
    Call call;
    if (!call) return call.result;
    *event = new zonda_cu_event_object;
    (*event)->timed = !(flags & ZONDA_CU_EVENT_DISABLE_TIMING);
    return ZONDA_CU_SUCCESS;
}

zonda_cu_result destroy_event(zonda_cu_event event) {
    Call call;
    delete event;
    return Call::outcome();
}

zonda_cu_result record(zonda_cu_event event, zonda_cu_stream stream) {
    Call call;
    if (!call) return call.result;
    std::shared_ptr<Queue> queue = stream != nullptr ? stream->queue : driverState.nullQueue;
    event->recording = queue->recording;
    event->moment = std::make_shared<std::optional<Moment>>();
    auto stamp = [moment = event->moment] { *moment = std::chrono::steady_clock::now(); };
    if (queue->recording) return ZONDA_CU_SUCCESS;
    event->queue = queue;
    event->ticket = queue->last_ticket() + 1;
    queue->push({nullptr, stamp, queue.get()});
    return Call::outcome();
}

bool is_done(zonda_cu_event event) { return !event->queue || event->queue->is_done(event->ticket); }

zonda_cu_result query_event(zonda_cu_event event) {
    Call call;
    if (!call) return call.result;
    if (is_done(event)) return Call::outcome();
    event->queue->run_one();
    return Call::outcome() != ZONDA_CU_SUCCESS ? Call::outcome() : ZONDA_CU_ERROR_NOT_READY;
}

zonda_cu_result synchronize_event(zonda_cu_event event) {
    Call call;
    if (!call) return call.result;
    if (!is_done(event)) event->queue->run_until(event->ticket);
    return Call::outcome();
}

zonda_cu_result elapsed(float *milliseconds, zonda_cu_event start, zonda_cu_event end) {
    Call call;
    if (!call) return call.result;
    if (!start->timed || !end->timed || !start->queue || !end->queue) return ZONDA_CU_ERROR_INVALID_HANDLE;
    if (!*start->moment || !*end->moment) return ZONDA_CU_ERROR_NOT_READY;
    *milliseconds = std::chrono::duration<float, std::milli>(**end->moment - **start->moment).count();
    return ZONDA_CU_SUCCESS;
}

}  // namespace

void fill_stream_calls(zonda_cuda_driver &table) {
    table.cuStreamCreateWithPriority = create;
    table.cuStreamDestroy = destroy;
    table.cuStreamSynchronize = synchronize;
    table.cuStreamQuery = query;
    table.cuStreamWaitEvent = wait_event;
    table.cuLaunchHostFunc = launch_host;
    table.cuEventCreate = create_event;
    table.cuEventDestroy = destroy_event;
    table.cuEventRecord = record;
    table.cuEventQuery = query_event;
    table.cuEventSynchronize = synchronize_event;
    table.cuEventElapsedTime = elapsed;
}

}  // namespace emulator
