#include "rehearse/plan_people.h"

#include <algorithm>
#include <bit>

namespace passerelle::rehearse {
namespace {

constexpr size_t most_pools = 64;  // and queues: a bit each

Error refused(std::string message, const Place& place, std::string help) {
  return Error{ErrorCode::invalid, std::move(message), to_text(place), std::move(help)};
}

bool has_all(const PoolPlan& pool, const std::vector<std::string>& skills) {
  return std::all_of(skills.begin(), skills.end(), [&](const std::string& skill) {
    return std::find(pool.skills.begin(), pool.skills.end(), skill) != pool.skills.end();
  });
}

// As which role each pool takes work of these roles: the first of them that it has, then the first
// of those that take over for them.
std::vector<uint16_t> acting_roles(const pathway::Organisation& organisation, const Plan& plan,
                                   const std::vector<uint16_t>& roles) {
  std::vector<uint16_t> out(plan.pools.size(), QueuePlan::nobody_of_it);
  const auto add = [&](size_t role) {
    for (const uint16_t pool : plan.pools_of_role[role])
      if (out[pool] == QueuePlan::nobody_of_it) out[pool] = static_cast<uint16_t>(role);
  };
  for (const uint16_t role : roles) add(role);
  for (const uint16_t named : roles) {
    std::optional<size_t> role = named;
    // As many steps as there are roles: fallbacks may go in a circle.
    for (size_t i = 0; i < organisation.roles.size() && role; ++i) {
      add(*role);
      role = organisation.role_index(organisation.roles[*role].fallback);
    }
  }
  return out;
}

// The people of a post while they have one set of its roles.
Result<void> plan_post(const pathway::Organisation& organisation, const pathway::Post& post,
                       size_t duty, Plan& plan) {
  PoolPlan pool;
  pool.name = pool.post = post.name;
  if (post.duties.size() > 1) {  // told apart by what they are there for
    pool.name += " (";
    for (const std::string& id : post.duties[duty])
      pool.name += (pool.name.back() == '(' ? "" : ", ") + id;
    pool.name += ")";
    pool.by_roles = true;
  }
  pool.shift_end = post.shift_end;
  if (post.overtime) pool.overtime = Millis(*post.overtime).count();
  pool.skills = organisation.skills_of(post);
  const auto index = static_cast<uint16_t>(plan.pools.size());
  for (const std::string& id : post.duties[duty]) {
    const auto role = organisation.role_index(id);
    if (!role) return refused("organisation.yaml has no role '" + id + "'", post.place, "add it");
    pool.roles |= uint64_t{1} << *role;
    auto& of_role = plan.pools_of_role[*role];
    if (std::find(of_role.begin(), of_role.end(), index) == of_role.end()) of_role.push_back(index);
  }
  plan.pools.push_back(std::move(pool));
  return {};
}

}  // namespace

Result<void> plan_pools(const pathway::Organisation& organisation, Plan& plan) {
  const auto& roles = organisation.roles;
  if (plan.roster.pools > most_pools)
    return refused(
        "more than 64 roles and posts, those with shifts of other roles once for each, "
        "cannot be rehearsed",
        Place{"organisation.yaml", 0, 0}, "join those that do the same work");
  plan.pools_of_role.resize(roles.size());
  for (size_t r = 0; r < roles.size(); ++r) {
    PoolPlan pool;
    pool.name = roles[r].id;
    pool.name_key = roles[r].name_key;
    pool.roles = uint64_t{1} << r;
    pool.shift_end = roles[r].shift_end;
    if (roles[r].overtime) pool.overtime = Millis(*roles[r].overtime).count();
    pool.skills = organisation.skills_of(roles[r]);
    plan.pools_of_role[r].push_back(static_cast<uint16_t>(r));
    plan.pools.push_back(std::move(pool));
  }
  for (const pathway::Post& post : organisation.posts)
    for (size_t duty = 0; duty < post.duties.size(); ++duty)
      TRY_VOID(plan_post(organisation, post, duty, plan));
  for (auto& of_role : plan.pools_of_role)
    std::stable_sort(of_role.begin() + 1, of_role.end(), [&](uint16_t a, uint16_t b) {
      return std::popcount(plan.pools[a].roles) < std::popcount(plan.pools[b].roles);
    });
  return {};
}
Result<uint16_t> plan_queue(const pathway::Organisation& organisation,
                            const std::vector<std::string>& roles, const Place& place,
                            const pathway::WorkTime* time, Plan& plan) {
  QueuePlan out;
  if (time != nullptr && time->together.most > 1) {
    out.activity = time->activity;
    out.together = time->together;
    plan.together = true;
  }
  for (const std::string& id : roles) {
    const auto role = organisation.role_index(id);
    if (!role) return refused("organisation.yaml has no role '" + id + "'", place, "add it");
    out.roles.push_back(static_cast<uint16_t>(*role));
    out.name += (out.name.empty() ? "" : " ") + id;
  }
  out.acting = acting_roles(organisation, plan, out.roles);
  if (time != nullptr && !time->skills.empty()) {
    bool somebody = false;
    for (size_t pool = 0; pool < plan.pools.size(); ++pool) {
      if (out.acting[pool] == QueuePlan::nobody_of_it) continue;
      if (has_all(plan.pools[pool], time->skills)) {
        somebody = true;
        continue;
      }
      out.skills = time->skills;
      out.acting[pool] = QueuePlan::nobody_of_it;
    }
    if (!somebody)
      return refused("nobody who may do '" + time->activity + "' has the skills that it needs",
                     time->place, "teach them (learning: teaches), or correct its `skills`");
  }
  for (size_t i = 0; i < plan.queues.size(); ++i)
    if (plan.queues[i].roles == out.roles && plan.queues[i].activity == out.activity &&
        plan.queues[i].skills == out.skills)
      return static_cast<uint16_t>(i);
  if (plan.queues.size() >= most_pools)
    return refused("more than 64 different sets of roles cannot be rehearsed", place,
                   "let more tasks be done by the same roles");
  plan.queues.push_back(std::move(out));
  return static_cast<uint16_t>(plan.queues.size() - 1);
}

}  // namespace passerelle::rehearse
