#include "serve/page.h"

#include "serve/counted.h"
#include "serve/timestamp.h"

namespace edgepack::serve {
namespace {

constexpr char kHead[] = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="5">
<title>edgepack-serve</title>
<style>
body { font-family: sans-serif; margin: 2em; }
table { border-collapse: collapse; }
th, td { border-bottom: 1px solid #ccc; padding: 0.3em 0.8em; text-align: left; }
td.n { text-align: right; font-variant-numeric: tabular-nums; }
.bad { color: #b00; }
code { font-size: 90%; }
</style>
</head>
<body>
<h1>edgepack-serve</h1>
)";

std::string escape(const std::string& text) {
  std::string html;
  for (const char c : text) {
    switch (c) {
      case '&':
        html += "&amp;";
        break;
      case '<':
        html += "&lt;";
        break;
      case '>':
        html += "&gt;";
        break;
      case '"':
        html += "&quot;";
        break;
      case '\'':
        html += "&#39;";
        break;
      default:
        html += c;
    }
  }
  return html;
}

std::string cell(const std::string& text) { return "<td>" + escape(text) + "</td>"; }

std::string number_cell(std::uint64_t number) {
  return "<td class=\"n\">" + std::to_string(number) + "</td>";
}

std::string age(std::int64_t ms) {
  const std::int64_t seconds = ms / 1000;
  if (seconds < 120) return std::to_string(seconds) + " s";
  if (seconds < 7200) return std::to_string(seconds / 60) + " min";
  return std::to_string(seconds / 3600) + " h";
}

}  // namespace

std::string page(const Catalog& catalog, const Traffic& traffic, std::size_t connections) {
  const std::int64_t now = now_ms();
  std::string html = kHead;
  html +=
      "<table>\n<tr><th>database</th><th>state</th><th>journal mode</th><th>position</th>"
      "<th>last commit</th><th>size, KiB</th><th>commits seen</th><th>log, KiB</th>"
      "<th>restorable from</th><th>waiting replicas</th></tr>\n";
  for (const auto& database : catalog.all()) {
    const Info info = database->info();
    html += "<tr>" + cell(database->name());
    html += info.error.empty() ? cell(info.ready ? "current" : "first snapshot")
                               : "<td class=\"bad\">" + escape(info.error) + "</td>";
    if (info.ready) {
      html += cell(info.journal_mode) + "<td><code>" + to_text(info.position) + "</code></td>" +
              cell(age(now - info.timestamp) + " ago") +
              number_cell(std::uint64_t{info.page_size} * info.page_count / 1024) +
              number_cell(info.commits) + number_cell(info.bytes_on_disk / 1024) +
              cell(format_timestamp(info.oldest_timestamp));
    } else {
      html += "<td></td><td></td><td></td><td></td><td></td><td></td><td></td>";
    }
    html += number_cell(database->waiters()) + "</tr>\n";
  }
  html += "</table>\n<p>" + counted(connections, "connection") + ", " +
          counted(traffic.streams, "transfer") + " under way, " +
          counted(traffic.requests, "request") + " (" + std::to_string(traffic.errors) +
          " refused), " + std::to_string(traffic.bytes / 1024) + " KiB sent.</p>\n" +
          "<p><a href=\"v1/databases\">as JSON</a>, <a href=\"metrics\">metrics</a></p>\n" +
          "</body>\n</html>\n";
  return html;
}

}  // namespace edgepack::serve
