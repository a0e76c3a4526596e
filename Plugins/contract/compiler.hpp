// Compiles a contract, a JSON Schema, into a plan.
#ifndef CONTRACT_COMPILER_HPP
#define CONTRACT_COMPILER_HPP

#include "schema.hpp"
#include "vocabulary.hpp"

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace contract {

// What is wrong with a contract, and where in it.
struct ContractError : std::runtime_error {
    ContractError(std::string pointer, const std::string &what)
        : std::runtime_error(what), pointer(std::move(pointer)) {
    }
    std::string pointer;
};

class Compiler {
  public:
    // `root` is the JSON Pointer of the schema that records must meet. Throws ContractError.
    static std::unique_ptr<Plan> compile(std::string_view contract, std::string_view root);

    // One for each keyword that is asserted; `value` is its node.
    void schemaKeyword(Schema &schema, uint32_t value);
    void idKeyword(Schema &schema, uint32_t value);
    void refKeyword(Schema &schema, uint32_t value);
    void definitionsKeyword(Schema &schema, uint32_t value);
    void typeKeyword(Schema &schema, uint32_t value);
    void enumKeyword(Schema &schema, uint32_t value);
    void constKeyword(Schema &schema, uint32_t value);
    void propertiesKeyword(Schema &schema, uint32_t value);
    void requiredKeyword(Schema &schema, uint32_t value);
    void additionalPropertiesKeyword(Schema &schema, uint32_t value);
    void patternPropertiesKeyword(Schema &schema, uint32_t value);
    void propertyNamesKeyword(Schema &schema, uint32_t value);
    void minPropertiesKeyword(Schema &schema, uint32_t value);
    void maxPropertiesKeyword(Schema &schema, uint32_t value);
    void itemsKeyword(Schema &schema, uint32_t value);
    void minItemsKeyword(Schema &schema, uint32_t value);
    void maxItemsKeyword(Schema &schema, uint32_t value);
    void uniqueItemsKeyword(Schema &schema, uint32_t value);
    void minLengthKeyword(Schema &schema, uint32_t value);
    void maxLengthKeyword(Schema &schema, uint32_t value);
    void patternKeyword(Schema &schema, uint32_t value);
    void formatKeyword(Schema &schema, uint32_t value);
    void minimumKeyword(Schema &schema, uint32_t value);
    void maximumKeyword(Schema &schema, uint32_t value);
    void exclusiveMinimumKeyword(Schema &schema, uint32_t value);
    void exclusiveMaximumKeyword(Schema &schema, uint32_t value);
    void multipleOfKeyword(Schema &schema, uint32_t value);
    void allOfKeyword(Schema &schema, uint32_t value);
    void anyOfKeyword(Schema &schema, uint32_t value);
    void oneOfKeyword(Schema &schema, uint32_t value);
    void notKeyword(Schema &schema, uint32_t value);

  private:
    explicit Compiler(Plan &plan) : plan(plan) {
    }

    void readDraft();
    void compileAll();
    void compileObject(Schema &schema, uint32_t node);
    void compileMember(Schema &schema, uint32_t member);
    void checkSiblings(uint32_t node, uint32_t ref);
    void checkCycles();

    // The plan of the schema at `node`, compiled now or later.
    Schema *schemaAt(uint32_t node);
    std::vector<const Schema *> schemaList(uint32_t value);
    const Pattern *patternAt(uint32_t node, std::string_view text);
    void decimalLimits(Schema &schema, uint32_t format);

    const jt_node &at(uint32_t node) const {
        return plan.tree.nodes[node];
    }
    void expect(uint32_t node, js_type type, const char *what) const;
    uint64_t count(uint32_t node) const;
    Bound bound(uint32_t node) const;
    void warn(uint32_t node, const std::string &what);
    [[noreturn]] void fail(uint32_t node, const std::string &what) const;

    Plan &plan;
    Draft draft = Draft::twelve;
    std::unordered_map<uint32_t, Schema *> compiled; // by node
    std::vector<std::pair<uint32_t, Schema *>> waiting;
};

} // namespace contract

#endif
