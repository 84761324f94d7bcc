#pragma once
/* libedit's own interface (histedit.h), whose el_set and history are variadic and so are not imported: a few plain
   functions in their place. One editor for a process. Only for the thread that made it.
   libedit keeps the line, the history and the keys, and draws into a sink: it counts a column for a character without
   width where it draws, and none where it moves the cursor, and is one column off behind each of them. */
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <wchar.h>
#include <histedit.h>

typedef struct {
    EditLine *edit;
    History *history;
    FILE *sink;
    int tab;
    int clearing;
    int pasting;
    void (*waits)(void *);
    void *waiting;
} cedit_editor;

/* Tab only leaves a mark: what it completes is decided outside. */
static inline unsigned char cedit_on_tab(EditLine *edit, int key) {
    cedit_editor *editor = NULL;
    (void)key;
    el_get(edit, EL_CLIENTDATA, &editor);
    editor->tab = 1;
    return CC_NORM;
}

/* Clearing the screen too. */
static inline unsigned char cedit_on_clear(EditLine *edit, int key) {
    cedit_editor *editor = NULL;
    (void)key;
    el_get(edit, EL_CLIENTDATA, &editor);
    editor->clearing = 1;
    return CC_NORM;
}

/* Reads one character for libedit, which has changed the line meanwhile if it searches: whoever draws is told before. What
   is no UTF-8 is left out. */
static inline int cedit_on_read(EditLine *edit, wchar_t *character) {
    cedit_editor *editor = NULL;
    mbstate_t state;
    char byte;
    el_get(edit, EL_CLIENTDATA, &editor);
    if (editor->waits && !editor->pasting) editor->waits(editor->waiting);
    memset(&state, 0, sizeof state);
    for (;;) {
        struct pollfd input = {STDIN_FILENO, POLLIN, 0};
        ssize_t count = read(STDIN_FILENO, &byte, 1);
        size_t length;
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && errno == EAGAIN) {
            poll(&input, 1, -1);
            continue;
        }
        if (count <= 0) return (int)count;
        length = mbrtowc(character, &byte, 1, &state);
        if (length <= 1) return 1;
        if (length == (size_t)-1) memset(&state, 0, sizeof state);
    }
}

/* What the terminal puts in brackets was pasted: text, however many lines, and no keys. Line feeds and tabs are shown by
   marks that stand for them, other controls are left out, and what is beyond the limit is dropped. */
#define CEDIT_PASTE 16384
static inline unsigned char cedit_on_paste(EditLine *edit, int key) {
    static const wchar_t end[] = L"\033[201~";
    static wchar_t text[CEDIT_PASTE + 1];
    size_t count = 0, matched = 0;
    wchar_t next = 0;
    cedit_editor *editor = NULL;
    (void)key;
    el_get(edit, EL_CLIENTDATA, &editor);
    editor->pasting = 1;
    while (el_wgetc(edit, &next) == 1) {
        if (next == end[matched]) {
            if (!end[++matched]) break;
            continue;
        }
        for (size_t index = 1; index < matched && count < CEDIT_PASTE; index++) text[count++] = end[index];
        matched = next == end[0];
        if (matched) continue;
        if (next == L'\r' || next == L'\n') next = 0x2424;
        if (next == L'\t') next = 0x2409;
        if (next >= 0x20 && (next < 0x7F || next >= 0xA0) && count < CEDIT_PASTE) text[count++] = next;
    }
    editor->pasting = 0;
    while (count > 0 && text[count - 1] == 0x2424) count--;
    text[count] = 0;
    if (count > 0) el_winsertstr(edit, text);
    return CC_REFRESH;
}

static inline void cedit_close(cedit_editor *_Nonnull editor) {
    if (editor->edit) {
        el_set(editor->edit, EL_UNBUFFERED, 0);
        el_end(editor->edit);
    }
    if (editor->history) history_end(editor->history);
    if (editor->sink) fclose(editor->sink);
    free(editor);
}

/* NULL if there is no memory or no terminal. Text is UTF-8 even where the environment names no locale. */
static inline cedit_editor *_Nullable cedit_open(const char *_Nonnull program, int remembered) {
    HistEvent event;
    cedit_editor *editor;
    setlocale(LC_CTYPE, "");
    if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0) setlocale(LC_CTYPE, "C.UTF-8");
    if (!(editor = calloc(1, sizeof *editor))) return NULL;
    editor->history = history_init();
    editor->sink = fopen("/dev/null", "we");
    if (editor->sink)
        editor->edit = el_init_fd(
            program, stdin, editor->sink, stderr, STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO);
    if (!editor->edit || !editor->history) {
        cedit_close(editor);
        return NULL;
    }
    history(editor->history, &event, H_SETSIZE, remembered);
    history(editor->history, &event, H_SETUNIQUE, 1);
    el_set(editor->edit, EL_CLIENTDATA, editor);
    el_set(editor->edit, EL_GETCFN, cedit_on_read);
    el_set(editor->edit, EL_HIST, history, editor->history);
    el_set(editor->edit, EL_EDITOR, "emacs");
    el_set(editor->edit, EL_SIGNAL, 0);
    el_set(editor->edit, EL_ADDFN, "chat-complete", "Completes commands and names", cedit_on_tab);
    el_set(editor->edit, EL_BIND, "^I", "chat-complete", NULL);
    el_set(editor->edit, EL_ADDFN, "chat-clear", "Clears the screen", cedit_on_clear);
    el_set(editor->edit, EL_BIND, "^L", "chat-clear", NULL);
    el_set(editor->edit, EL_ADDFN, "chat-paste", "Takes what was pasted as text", cedit_on_paste);
    el_set(editor->edit, EL_BIND, "\\e[200~", "chat-paste", NULL);
    el_set(editor->edit, EL_BIND, "^R", "em-inc-search-prev", NULL);
    el_set(editor->edit, EL_BIND, "^W", "ed-delete-prev-word", NULL);
    el_source(editor->edit, NULL);
    return editor;
}

/* `waits` is called with `waiting` whenever a character is waited for, except within a paste. */
static inline void cedit_on_wait(
    cedit_editor *_Nonnull editor, void (*_Nonnull waits)(void *_Nonnull), void *_Nonnull waiting) {
    editor->waits = waits;
    editor->waiting = waiting;
}

/* Takes the terminal (raw mode) for an empty line; gives it back with 0. */
static inline void cedit_engage(cedit_editor *_Nonnull editor, int on) {
    el_set(editor->edit, EL_UNBUFFERED, on);
}

/* Handles one key; needs one to be there. Returns 0 while the line goes on, 1 when it was entered, -1 at the end of the
   input. In this mode libedit reports a line that is empty and goes on by a count of -1, and the end by 0. */
static inline int cedit_read_key(cedit_editor *_Nonnull editor) {
    int count = 0;
    const char *line;
    editor->tab = 0;
    editor->clearing = 0;
    line = el_gets(editor->edit, &count);
    if (!line || count <= 0) return count == 0 ? -1 : 0;
    if (count == 1 && line[0] == 4) return -1;
    return line[count - 1] == '\n' || line[count - 1] == '\r';
}

static inline int cedit_took_tab(cedit_editor *_Nonnull editor) {
    return editor->tab;
}

static inline int cedit_took_clear(cedit_editor *_Nonnull editor) {
    return editor->clearing;
}

/* The line up to the cursor, and behind it, copied (malloc). */
static inline char *_Nullable cedit_before_cursor(cedit_editor *_Nonnull editor) {
    const LineInfo *line = el_line(editor->edit);
    return strndup(line->buffer, (size_t)(line->cursor - line->buffer));
}

static inline char *_Nullable cedit_after_cursor(cedit_editor *_Nonnull editor) {
    const LineInfo *line = el_line(editor->edit);
    return strndup(line->cursor, (size_t)(line->lastchar - line->cursor));
}

static inline void cedit_insert(cedit_editor *_Nonnull editor, const char *_Nonnull text) {
    el_insertstr(editor->edit, text);
}

/* Removes so many characters before the cursor. */
static inline void cedit_delete(cedit_editor *_Nonnull editor, int count) {
    if (count > 0) el_deletestr(editor->edit, count);
}

/* Moves the cursor by so many characters, back if it is negative. */
static inline void cedit_move(cedit_editor *_Nonnull editor, int count) {
    el_cursor(editor->edit, count);
}

static inline void cedit_remember(cedit_editor *_Nonnull editor, const char *_Nonnull line) {
    HistEvent event;
    history(editor->history, &event, H_ENTER, line);
}

/* A descriptor on which the signals of the set can be read, and the signal that came, or 0. */
static inline int cedit_signal_descriptor(const sigset_t *_Nonnull set) {
    return signalfd(-1, set, SFD_NONBLOCK | SFD_CLOEXEC);
}

static inline int cedit_next_signal(int descriptor) {
    struct signalfd_siginfo info;
    return read(descriptor, &info, sizeof info) == sizeof info ? (int)info.ssi_signo : 0;
}
