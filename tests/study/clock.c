/* A wall clock that a file sets: preloaded into a process, it is the kernel's CLOCK_REALTIME plus
   as many seconds as the eight bytes of the file $CLOCK_AHEAD say, whenever they change.

   As when the clock of a machine is set, CLOCK_MONOTONIC and waits on it know nothing of it, and a
   wait until a time of day goes on for longer after a jump back and is over at a jump forward. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define SECOND INT64_C(1000000000)
#define LOOKS_AGAIN (SECOND / 5) /* how soon a wait notices a jump */
#define ON_MONOTONIC 2u          /* glibc's mark on a condition variable, in __wrefs */
#define FIND(real, name) \
    if (!real) real = (__typeof__(real))dlsym(RTLD_NEXT, name)

static const _Atomic int64_t *ahead;

__attribute__((constructor)) static void begin(void) {
    const char *name = getenv("CLOCK_AHEAD");
    int file = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;
    void *place = file < 0 ? MAP_FAILED : mmap(NULL, 8, PROT_READ, MAP_SHARED, file, 0);
    if (file >= 0) close(file);
    if (place != MAP_FAILED) ahead = place;
}

static int64_t seconds_ahead(void) { return ahead ? atomic_load(ahead) : 0; }

int clock_gettime(clockid_t clock, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    FIND(real, "clock_gettime");
    int status = real(clock, now);
    if (status == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        now->tv_sec += seconds_ahead();
    return status;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    static int (*real)(struct timeval *restrict, void *restrict);
    FIND(real, "gettimeofday");
    int status = real(now, zone);
    if (status == 0) now->tv_sec += seconds_ahead();
    return status;
}

time_t time(time_t *place) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (place) *place = now.tv_sec;
    return now.tv_sec;
}

static int64_t left(const struct timespec *deadline) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (deadline->tv_sec - now.tv_sec) * SECOND + deadline->tv_nsec - now.tv_nsec;
}

/* Until when, on the kernel's clock, a wait goes on before it looks at the clock again. */
static struct timespec next_look(const struct timespec *deadline) {
    struct timespec now;
    int64_t wait = left(deadline);
    clock_gettime(CLOCK_REALTIME, &now);
    wait = wait > LOOKS_AGAIN ? LOOKS_AGAIN : wait < 0 ? 0 : wait;
    wait += (now.tv_sec - seconds_ahead()) * SECOND + now.tv_nsec;
    return (struct timespec){wait / SECOND, wait % SECOND};
}

/* Signals so far to condition variables, by a few bits of their address: a waiter that looked at
   the clock while one came does not go on waiting. */
static _Atomic unsigned signals[4096];

static _Atomic unsigned *signals_to(const pthread_cond_t *condition) {
    return &signals[((uintptr_t)condition >> 4) % 4096];
}

int pthread_cond_signal(pthread_cond_t *condition) {
    static int (*real)(pthread_cond_t *);
    FIND(real, "pthread_cond_signal");
    atomic_fetch_add(signals_to(condition), 1);
    return real(condition);
}

int pthread_cond_broadcast(pthread_cond_t *condition) {
    static int (*real)(pthread_cond_t *);
    FIND(real, "pthread_cond_broadcast");
    atomic_fetch_add(signals_to(condition), 1);
    return real(condition);
}

int pthread_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex, clockid_t clock,
                           const struct timespec *deadline) {
    static int (*real)(pthread_cond_t *, pthread_mutex_t *, clockid_t, const struct timespec *);
    FIND(real, "pthread_cond_clockwait");
    if (clock != CLOCK_REALTIME)
        return real(condition, mutex, clock, deadline);
    unsigned before = atomic_load(signals_to(condition));
    for (;;) {
        struct timespec look = next_look(deadline);
        int status = real(condition, mutex, clock, &look);
        if (status != ETIMEDOUT || left(deadline) <= 0) return status;
        if (atomic_load(signals_to(condition)) != before) return 0;
    }
}

int pthread_cond_timedwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex,
                           const struct timespec *restrict deadline) {
    int monotonic = (condition->__data.__wrefs & ON_MONOTONIC) != 0;
    clockid_t clock = monotonic ? CLOCK_MONOTONIC : CLOCK_REALTIME;
    return pthread_cond_clockwait(condition, mutex, clock, deadline);
}

int sem_clockwait(sem_t *semaphore, clockid_t clock, const struct timespec *deadline) {
    static int (*real)(sem_t *, clockid_t, const struct timespec *);
    FIND(real, "sem_clockwait");
    if (clock != CLOCK_REALTIME) return real(semaphore, clock, deadline);
    for (;;) {
        struct timespec look = next_look(deadline);
        int status = real(semaphore, clock, &look);
        if (status == 0 || errno != ETIMEDOUT || left(deadline) <= 0) return status;
    }
}

int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict deadline) {
    return sem_clockwait(semaphore, CLOCK_REALTIME, deadline);
}

/* Abseil's locks wait by the system call itself. */
long syscall(long number, ...) {
    static long (*real)(long, ...);
    FIND(real, "syscall");
    va_list rest;
    long a[6];
    va_start(rest, number);
    for (int i = 0; i < 6; i++) a[i] = va_arg(rest, long);
    va_end(rest);
    const struct timespec *deadline = (const struct timespec *)a[3];
    if (number != SYS_futex || !(a[1] & FUTEX_CLOCK_REALTIME) || !deadline)
        return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
    for (;;) {
        struct timespec look = next_look(deadline);
        long status = real(number, a[0], a[1], a[2], &look, a[4], a[5]);
        if (status == 0 || errno != ETIMEDOUT || left(deadline) <= 0) return status;
    }
}
