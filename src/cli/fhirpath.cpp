// passerelle fhirpath 'EXPR' FILE: one FHIRPath expression on one resource, JSON or XML.
#include "fhir/fhirpath.h"

#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/terminal.h"
#include "fhir/xml.h"

namespace passerelle::cli {

Result<json::Document> read_resource(const std::string& path) {
  TRY(const std::string text, read_file(path));
  auto document = trim(text).starts_with('<') ? fhir::read_xml(text) : json::Document::parse(text);
  if (document) return document;
  Error error = document.error();
  error.where = error.where.empty() ? path : path + ":" + error.where;
  return error;
}

int fhirpath_command(const FhirPathOptions& options) {
  auto document = read_resource(options.file);
  if (!document) return fail(document.error());
  const json::Value resource = document->root();
  auto expression = fhir::path::compile(options.expression, resource["resourceType"].string());
  if (!expression) return fail(expression.error());
  fhir::path::Context context;
  context.now = system_now();
  context.trace = [](std::string_view name, const fhir::path::Collection& items) {
    for (const auto& item : items)
      remark("trace " + std::string(name) + ": " + fhir::path::to_text(item) + "\n");
  };
  auto found = fhir::path::evaluate(*expression, resource, context);
  if (!found) return fail(found.error());
  for (const fhir::path::Item& item : *found)
    print((options.types ? fhir::path::type_name(item) + "\t" : std::string()) +
          fhir::path::to_text(item) + "\n");
  return exit_ok;
}

}  // namespace passerelle::cli
