#include "promise.h"

#include <c10/util/Exception.h>

#include <memory>
#include <string>
#include <utility>

#include "javascript.h"

namespace pneumoscope {
namespace {

struct Task {
  std::function<int64_t()> work;
  int64_t result = 0;
  std::string problem;  // empty where none
  napi_deferred deferred = nullptr;
  napi_async_work handle = nullptr;
};

void execute(napi_env, void* data) {
  auto& task = *static_cast<Task*>(data);
  try {
    task.result = task.work();
  } catch (const c10::Error& error) {
    task.problem = error.what_without_backtrace();
  } catch (const std::exception& error) {
    task.problem = error.what();
  }
}

// Statuses are not looked at: they are bad only where the environment is ending, and then nobody waits.
void complete(napi_env env, napi_status, void* data) {
  const std::unique_ptr<Task> task(static_cast<Task*>(data));
  static_cast<void>(napi_delete_async_work(env, task->handle));
  napi_value value = nullptr;
  if (task->problem.empty()) {
    static_cast<void>(napi_create_double(env, static_cast<double>(task->result), &value));
    static_cast<void>(napi_resolve_deferred(env, task->deferred, value));
    return;
  }
  napi_value message = nullptr;
  static_cast<void>(napi_create_string_utf8(env, task->problem.data(), task->problem.size(), &message));
  static_cast<void>(napi_create_error(env, nullptr, message, &value));
  static_cast<void>(napi_reject_deferred(env, task->deferred, value));
}

}  // namespace

napi_value promise_of(napi_env env, std::function<int64_t()> work) {
  auto task = std::make_unique<Task>();
  task->work = std::move(work);
  napi_value promise = nullptr;
  check(env, napi_create_promise(env, &task->deferred, &promise));
  check(env, napi_create_async_work(env, nullptr, text(env, "pneumoscope"), execute, complete, task.get(), &task->handle));
  check(env, napi_queue_async_work(env, task->handle));
  static_cast<void>(task.release());  // `complete` owns it now
  return promise;
}

}  // namespace pneumoscope
