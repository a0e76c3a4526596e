#include "values.hpp"

#include "decimal.hpp"

namespace contract {
namespace {

int compareTexts(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) {
        return a.size() < b.size() ? -1 : 1;
    }
    return a.compare(b);
}

// Members are sorted by name, so equal objects have equal items one by one.
int compareItems(const jt_tree &treeA, const jt_node &a, const jt_tree &treeB, const jt_node &b) {
    if (a.count != b.count) {
        return a.count < b.count ? -1 : 1;
    }
    for (uint32_t i = 0; i < a.count; i++) {
        const jt_node &itemA = treeA.nodes[treeA.order[a.order + i]];
        const jt_node &itemB = treeB.nodes[treeB.order[b.order + i]];
        int difference = a.type == JS_OBJECT ? compareTexts(view(itemA.name), view(itemB.name)) : 0;
        if (!difference) {
            difference = compareValues(treeA, itemA, treeB, itemB);
        }
        if (difference) {
            return difference;
        }
    }
    return 0;
}

} // namespace

int compareValues(const jt_tree &treeA, const jt_node &a, const jt_tree &treeB, const jt_node &b) {
    if (a.type != b.type) {
        return a.type < b.type ? -1 : 1;
    }
    switch (a.type) {
    case JS_NUMBER:
        return compare(Decimal::of(view(a.text)), Decimal::of(view(b.text)));
    case JS_STRING:
        return compareTexts(view(a.text), view(b.text));
    case JS_OBJECT:
    case JS_ARRAY:
        return compareItems(treeA, a, treeB, b);
    default:
        return 0;
    }
}

} // namespace contract
