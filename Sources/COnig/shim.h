#include <oniguruma.h>

// Oniguruma's encodings and syntaxes are mutable globals and its error text is variadic: Swift takes neither.

static inline int belay_onig_initialize(void) {
  OnigEncoding encodings[] = {&OnigEncodingUTF8};
  return onig_initialize(encodings, 1);
}

/// Compiles a pattern as jq does: Perl's syntax with named groups, UTF-8, every group captured.
static inline int belay_onig_new(OnigRegex *regex, const OnigUChar *pattern, const OnigUChar *end,
                                 OnigOptionType options, OnigErrorInfo *error) {
  return onig_new(regex, pattern, end, options | ONIG_OPTION_CAPTURE_GROUP, &OnigEncodingUTF8,
                  &OnigSyntaxPerl_NG, error);
}

/// Writes at most ONIG_MAX_ERROR_MESSAGE_LEN bytes and returns their number.
static inline int belay_onig_error_text(OnigUChar *buffer, int code, OnigErrorInfo *error) {
  return error ? onig_error_code_to_str(buffer, code, error) : onig_error_code_to_str(buffer, code);
}
