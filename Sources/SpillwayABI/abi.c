/* The module is its header; SwiftPM wants one source file. */
#include <spillway/abi.h>
typedef int spw_no_code;
