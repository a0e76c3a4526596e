// The shared JSON tree, with C++ views on top.
#ifndef CONTRACT_TREE_HPP
#define CONTRACT_TREE_HPP

#include <string>
#include <string_view>

extern "C" {
#include "../common/tree.h"
}

namespace contract {

inline std::string_view view(js_span span) {
    return {span.data, span.size};
}

inline std::string pointerOf(const jt_tree &tree, uint32_t node) {
    std::string text(jt_pointer(&tree, node, nullptr, 0), '\0');
    jt_pointer(&tree, node, text.data(), text.size());
    return text;
}

// The items of an object (in document order) or an array.
class Items {
  public:
    struct Iterator {
        const jt_tree *tree;
        uint32_t at;
        uint32_t operator*() const {
            return at;
        }
        Iterator &operator++() {
            at = tree->nodes[at].end;
            return *this;
        }
        bool operator!=(const Iterator &other) const {
            return at != other.at;
        }
    };
    Items(const jt_tree &tree, uint32_t container) : tree(tree), container(container) {
    }
    Iterator begin() const {
        return {&tree, container + 1};
    }
    Iterator end() const {
        return {&tree, tree.nodes[container].end};
    }

  private:
    const jt_tree &tree;
    uint32_t container;
};

} // namespace contract

#endif
