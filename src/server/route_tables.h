// The tables of all doors, each made beside its handlers.
#pragma once

#include <span>

#include "server/routes.h"

namespace passerelle::server {

std::span<const Route> fhir_routes();          // /fhir
std::span<const Route> operation_routes();     // /fhir/…/$validate, $meta, $everything
std::span<const Route> bulk_routes();          // /fhir/$export, $import
std::span<const Route> terminology_routes();   // /fhir/…/$expand and its like
std::span<const Route> identity_routes();      // /api/login, logout, me
std::span<const Route> admin_routes();         // /health, /api/status, tokens, audit, test clock
std::span<const Route> work_routes();          // /api/worklist, /api/work
std::span<const Route> case_routes();          // /api/cases
std::span<const Route> pathway_routes();       // /api/pathways, review
std::span<const Route> rehearsal_routes();     // /api/rehearsals
std::span<const Route> migration_routes();     // /api/pathways/ID/migration
std::span<const Route> message_routes();       // /api/outbox, the phones of the demo
std::span<const Route> patient_routes();       // /f: the patient's door
std::span<const Route> subscription_routes();  // /api/subscriptions
std::span<const Route> search_parameter_routes();  // /api/search-parameters, …/$status
std::span<const Route> metrics_routes();           // /metrics
std::span<const Route> changes_routes();           // /api/changes
std::span<const Route> page_routes();              // /, /assets: the pages of staff

}  // namespace passerelle::server
