static int same(struct step *step) {
    if (!step->done)
        return !strcmp(step->seen, "hang");
    if (step->seen[0] == '!') /* another one than that */
        return !step->answer.error && strcmp(step->seen + 1, step->told);
    return !strcmp(step->seen, step->told) || (!strcmp(step->seen, "*") && !step->answer.error);
}

static int is_expected(const char *answer) {
    for (size_t at = 0; expected[at]; at++)
        if (!strcmp(expected[at], answer))
            return 1;
    return 0;
}

static void late(int signal) {
    static const char text[] = "now:       could not be tried: no end in time\n";
    (void)signal;
    if (write(1, text, sizeof text - 1) < 0)
        _exit(2);
    _exit(2);
}

/* Make a call; 0 when the script can go on. */
static int make(struct step *step) {
    for (int turn = 0; turn < step->times; turn++) {
        pthread_t thread;
        int tries = 5000;
        do {
            step->done = 0;
            memset(&step->answer, 0, sizeof step->answer);
            pthread_create(&thread, NULL, run, step);
            pthread_detach(thread);
            if (!wait_for(step, step->started ? 100 : PATIENCE))
                break;
        } while (step->again && !same(step) && --tries);
    }
    printf("%s -> %s\n", step->text, step->done ? step->told : "(waits)");
    if (!step->done)
        return !step->started && !strcmp(step->seen, "hang");
    if (step->answer.error && !step->decides && !step->started && strcmp(step->seen, step->told)) {
        step->decides = is_expected(step->told);
        return step->decides ? 1 : 2;
    }
    return 0;
}

int main(void) {
    char made[] = "/tmp/sockspec-c-XXXXXX", remove[64];
    int count = sizeof steps / sizeof *steps, end = 0, code = 1, at;
    const char *trouble = NULL;

    signal(SIGALRM, late);
    signal(SIGPIPE, SIG_IGN);
    alarm(DEADLINE);
    setvbuf(stdout, NULL, _IOLBF, 0);
    {LINK}
    if (!mkdtemp(made))
        return 2;
    folder = made;

    for (at = 0; at < count && !end; at++) {
        struct step *step = &steps[at];
        if (step->needs >= 0 && !wait_for(&steps[step->needs], PATIENCE)) {
            trouble = steps[step->needs].text;
            break;
        }
        end = make(step);
        if (end == 2)
            trouble = step->text;
        for (int each = 0; each < at; each++)
            if (!steps[each].done)
                wait_for(&steps[each], 20);
    }
    for (int each = 0; each < at; each++) {
        struct step *step = &steps[each];
        /* What returned may have been a call with a limit of its own, as poll() has. */
        if (!step->done && wait_for(step, strcmp(step->seen, "hang") ? 3 * PATIENCE : PATIENCE))
            printf("%s -> %s\n", step->text, step->told);
    }
    printf("\nrule:      %s\n           %s\n", RULE, SENTENCE);
    printf("expected:  %s\nseen:      %s\n", EXPECTED, SEEN);
    for (int each = 0; each < at; each++) {
        struct step *step = &steps[each];
        if ((step->decides || (!step->done && strcmp(step->seen, "*"))) && !same(step)) {
            printf("now:       %s -> %s and not %s\n", step->text, step->done ? step->told : "hang", step->seen);
            code = 0;
        }
    }
    if (code && trouble) {
        printf("now:       could not be tried: %s\n", trouble);
        code = 2;
    } else {
        printf("now:       %s\n", code ? "the same" : "gone");
    }
    snprintf(remove, sizeof remove, "rm -rf %s", made);
    if (system(remove) != 0)
        perror(remove);
    fflush(stdout);
    _exit(code);
}
