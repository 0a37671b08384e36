#include "sqlite/function.h"

#include <string>

#include "sqlite/guard.h"

namespace edgepack::sqlite {
namespace {

/// What SQLite keeps for one registered function.
struct Registration {
  const Function* function;
  std::shared_ptr<void> state;
};

void call(sqlite3_context* raw, int count, sqlite3_value** values) noexcept {
  const auto* registration = static_cast<const Registration*>(sqlite3_user_data(raw));
  guard(
      [&] {
        Context context(raw, registration->state.get());
        registration->function->callback(context, Arguments(count, values));
      },
      [raw](int code, const char* message) noexcept {
        if (message == nullptr) return sqlite3_result_error_nomem(raw);
        // In this order: setting the message resets the code.
        sqlite3_result_error(raw, message, -1);
        sqlite3_result_error_code(raw, code);
      });
}

}  // namespace

void Context::set_text(std::string_view text) noexcept {
  sqlite3_result_text64(context_, text.empty() ? "" : text.data(), text.size(), SQLITE_TRANSIENT,
                        SQLITE_UTF8);
}

void Context::set_literal(std::string_view text) noexcept {
  sqlite3_result_text64(context_, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
}

void Context::set_blob(std::span<const std::byte> bytes) noexcept {
  if (bytes.empty()) return sqlite3_result_zeroblob(context_, 0);
  sqlite3_result_blob64(context_, bytes.data(), bytes.size(), SQLITE_TRANSIENT);
}

void Context::set_json(std::string_view text) noexcept {
  set_text(text);
  set_subtype(kJsonSubtype);
}

void register_functions(sqlite3* database, std::span<const Function> table,
                        const std::shared_ptr<void>& state) {
  for (const Function& function : table) {
    auto registration = std::make_unique<Registration>(Registration{&function, state});
    // SQLite calls the destructor even when the registration fails.
    const int code = sqlite3_create_function_v2(
        database, function.name, function.arity, function.flags, registration.release(), call,
        nullptr, nullptr, [](void* kept) { delete static_cast<Registration*>(kept); });
    if (code != SQLITE_OK) {
      throw Error::from(database, {.operation = "register function", .object = function.name});
    }
  }
}

}  // namespace edgepack::sqlite
