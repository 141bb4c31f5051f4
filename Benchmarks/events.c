/* The least that reading YAML costs: libyaml's own events of every file named, and nothing done with them. */
#include <stdio.h>
#include <stdlib.h>
#include <yaml.h>

static int read_events(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file) {
    perror(path);
    return 1;
  }
  yaml_parser_t parser;
  if (!yaml_parser_initialize(&parser)) return 1;
  yaml_parser_set_input_file(&parser, file);
  int failed = 0;
  for (int ended = 0; !ended && !failed;) {
    yaml_event_t event;
    if (!yaml_parser_parse(&parser, &event)) {
      fprintf(stderr, "%s: %s\n", path, parser.problem);
      failed = 1;
      break;
    }
    ended = event.type == YAML_STREAM_END_EVENT;
    yaml_event_delete(&event);
  }
  yaml_parser_delete(&parser);
  fclose(file);
  return failed;
}

int main(int count, char **words) {
  int failed = 0;
  for (int index = 1; index < count; index++) failed |= read_events(words[index]);
  return failed;
}
