#include "base/strand.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>

namespace chronicle {
namespace {

using strand_of_context = asio::strand<asio::io_context::executor_type>;
using strand_of_anything = asio::strand<asio::any_io_executor>;

asio::any_io_executor make(asio::any_io_executor const& inner) {
  auto const* const context = inner.target<asio::io_context::executor_type>();
  if (context != nullptr) return strand_of_context(*context);
  return strand_of_anything(inner);
}

}  // namespace

strand_type::strand_type(asio::any_io_executor const& inner) : any_io_executor(make(inner)) {}

std::optional<strand_type> strand_type::from(asio::any_io_executor executor) {
  bool const is_strand = executor.target<strand_of_context>() || executor.target<strand_of_anything>();
  if (!is_strand) return std::nullopt;
  return strand_type(std::move(executor), as_it_is());
}

bool strand_type::running_in_this_thread() const noexcept {
  if (auto const* const strand = target<strand_of_context>()) return strand->running_in_this_thread();
  auto const* const strand = target<strand_of_anything>();
  return strand != nullptr && strand->running_in_this_thread();
}

}  // namespace chronicle
