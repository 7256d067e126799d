#include "store/sqlite/resources.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/terms.h"

namespace passerelle::store {

Result<std::vector<ChangeMark>> read_change_marks(Database& database, Names& names, int64_t after,
                                                  size_t limit) {
  TRY(Statement select, database.prepare("SELECT v.seq, v.row, r.id, v.version, v.method FROM "
                                         "version v CROSS JOIN resource r ON r.row = v.row WHERE "
                                         "v.seq>? ORDER BY v.seq LIMIT ?"));
  select.bind(after).bind(static_cast<int64_t>(limit));
  std::vector<ChangeMark> marks;
  for (;;) {
    TRY(const bool found, select.step());
    if (!found) return marks;
    ChangeMark& mark = marks.emplace_back();
    mark.sequence = select.integer(0);
    TRY(mark.type, names.type_name(type_of_row(select.integer(1))));
    mark.id = std::string(select.text(2));
    mark.version = select.integer(3);
    mark.deleted = static_cast<Method>(select.integer(4)) == Method::erase;
  }
}

}  // namespace passerelle::store
