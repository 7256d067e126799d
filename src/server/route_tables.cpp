#include "server/route_tables.h"

namespace passerelle::server {

std::span<const std::span<const Route>> route_tables() {
  static const std::span<const Route> tables[] = {
      fhir_routes(),
      operation_routes(),
      bulk_routes(),
      terminology_routes(),
      identity_routes(),
      admin_routes(),
      work_routes(),
      case_routes(),
      pathway_routes(),
      message_routes(),
      patient_routes(),
      changes_routes(),
      subscription_routes(),
      page_routes(),
      migration_routes(),
      rehearsal_routes(),
      search_parameter_routes(),
      metrics_routes(),
  };
  return tables;
}

}  // namespace passerelle::server
