#include "sqlite/error.h"

namespace edgepack::sqlite {
namespace {

std::string compose(const ErrorParts& parts) {
  std::string message;
  const auto append = [&message](std::string_view part, std::string_view separator) {
    if (part.empty()) return;
    if (!message.empty()) message += separator;
    message += part;
  };
  append(parts.operation, "");
  append(parts.object, ": ");
  append(parts.problem, ": ");
  append(parts.hint, "; ");
  return message;
}

}  // namespace

Error::Error(const ErrorParts& parts, int code) : Error(Verbatim(), compose(parts), code) {}

Error Error::verbatim(std::string message, int code) {
  return Error(Verbatim(), std::move(message), code);
}

Error Error::from(sqlite3* database, const ErrorParts& parts) {
  const int code = sqlite3_extended_errcode(database);
  std::string problem(parts.problem);
  if (!problem.empty()) problem += ": ";
  problem += sqlite3_errmsg(database);
  ErrorParts with_reason = parts;
  with_reason.problem = problem;
  return Error(with_reason, code == SQLITE_OK ? SQLITE_ERROR : code);
}

}  // namespace edgepack::sqlite
