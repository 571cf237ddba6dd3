// Loaded before a program (LD_PRELOAD), it writes a line to the file PNEUMOSCOPE_GUARD_LOG for every name that the program
// looks up, every address beyond this machine that it sends to, and every path that it opens for writing, makes or renames
// to; children inherit it. Look-ups and connections are refused as well, so that a test never tells what it tests for.
// Blind to system calls made without libc (Go, static binaries, io_uring).
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static void record(const char *kind, const char *what) {
  int saved = errno;
  const char *log = getenv("PNEUMOSCOPE_GUARD_LOG");
  if (log == NULL) return;
  char line[9000];
  int length = snprintf(line, sizeof line, "%s %s\n", kind, what);
  // By system call: libc's own `open` is interposed below.
  int file = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0 || write(file, line, (size_t)length) != length) abort();
  close(file);
  errno = saved;
}

// Names and addresses

static int is_local_name(const char *name) {
  unsigned char address[16];
  if (name == NULL || strcmp(name, "localhost") == 0) return 1;
  return inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1; // `connect` judges numbers
}

static int refuses_name(const char *name) {
  if (is_local_name(name)) return 0;
  record("lookup", name);
  return 1;
}

static int refuses_address(const struct sockaddr *address) {
  if (address == NULL || address->sa_family == AF_UNIX || address->sa_family == AF_UNSPEC) return 0;
  if (address->sa_family == AF_NETLINK) return 0; // the kernel of this machine
  char number[INET6_ADDRSTRLEN] = "";
  char text[200];
  unsigned port = 0;
  int is_local = 0;
  if (address->sa_family == AF_INET) {
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
    inet_ntop(AF_INET, &v4->sin_addr, number, sizeof number);
    port = ntohs(v4->sin_port);
    is_local = (ntohl(v4->sin_addr.s_addr) >> 24) == 127;
  } else if (address->sa_family == AF_INET6) {
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
    inet_ntop(AF_INET6, &v6->sin6_addr, number, sizeof number);
    port = ntohs(v6->sin6_port);
    is_local = IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr) ||
               (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr) && v6->sin6_addr.s6_addr[12] == 127);
  }
  if (is_local && port != 53) return 0; // a resolver on this machine asks others
  snprintf(text, sizeof text, "[%s]:%u, family %d", number, port, address->sa_family);
  record("connect", text);
  errno = ENETUNREACH;
  return 1;
}

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **result) {
  return refuses_name(name) ? EAI_FAIL : REAL(getaddrinfo)(name, service, hints, result);
}

int getnameinfo(const struct sockaddr *address, socklen_t length, char *host, socklen_t host_length, char *service,
                socklen_t service_length, int flags) {
  int asks = host != NULL && (flags & NI_NUMERICHOST) == 0;
  if (asks && refuses_address(address)) return EAI_FAIL;
  return REAL(getnameinfo)(address, length, host, host_length, service, service_length, flags);
}

struct hostent *gethostbyname(const char *name) {
  return refuses_name(name) ? NULL : REAL(gethostbyname)(name);
}

struct hostent *gethostbyname2(const char *name, int family) {
  return refuses_name(name) ? NULL : REAL(gethostbyname2)(name, family);
}

int gethostbyname_r(const char *name, struct hostent *entry, char *buffer, size_t length, struct hostent **result,
                    int *error) {
  if (refuses_name(name)) return *result = NULL, *error = NO_RECOVERY, ENOENT;
  return REAL(gethostbyname_r)(name, entry, buffer, length, result, error);
}

int gethostbyname2_r(const char *name, int family, struct hostent *entry, char *buffer, size_t length,
                     struct hostent **result, int *error) {
  if (refuses_name(name)) return *result = NULL, *error = NO_RECOVERY, ENOENT;
  return REAL(gethostbyname2_r)(name, family, entry, buffer, length, result, error);
}

int connect(int socket, const struct sockaddr *address, socklen_t length) {
  return refuses_address(address) ? -1 : REAL(connect)(socket, address, length);
}

ssize_t sendto(int socket, const void *bytes, size_t count, int flags, const struct sockaddr *address, socklen_t length) {
  return refuses_address(address) ? -1 : REAL(sendto)(socket, bytes, count, flags, address, length);
}

ssize_t sendmsg(int socket, const struct msghdr *message, int flags) {
  return refuses_address(message->msg_name) ? -1 : REAL(sendmsg)(socket, message, flags);
}

int sendmmsg(int socket, struct mmsghdr *messages, unsigned int count, int flags) {
  for (unsigned int i = 0; i < count; i++)
    if (refuses_address(messages[i].msg_hdr.msg_name)) return -1;
  return REAL(sendmmsg)(socket, messages, count, flags);
}

// Files

static void record_path(int folder, const char *path) {
  char base[4096] = "";
  char whole[8200];
  if (path[0] != '/' && folder == AT_FDCWD && getcwd(base, sizeof base) == NULL) abort();
  if (path[0] != '/' && folder != AT_FDCWD) {
    char link[40];
    snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
    ssize_t length = readlink(link, base, sizeof base - 1);
    if (length < 0) return; // a bad descriptor: the call fails by itself
    base[length] = 0;
  }
  snprintf(whole, sizeof whole, "%s%s%s", base, path[0] == '/' ? "" : "/", path);
  record("write", whole);
}

static int writes(int flags) { return (flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC)) != 0; }
static int takes_mode(int flags) { return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE; }

#define OPEN(name)                                                  \
  int name(const char *path, int flags, ...) {                      \
    mode_t mode = 0;                                                \
    if (takes_mode(flags)) {                                        \
      va_list rest;                                                 \
      va_start(rest, flags);                                        \
      mode = va_arg(rest, mode_t);                                  \
      va_end(rest);                                                 \
    }                                                               \
    if (writes(flags)) record_path(AT_FDCWD, path);                 \
    return REAL(name)(path, flags, mode);                           \
  }
#define OPENAT(name)                                                \
  int name(int folder, const char *path, int flags, ...) {          \
    mode_t mode = 0;                                                \
    if (takes_mode(flags)) {                                        \
      va_list rest;                                                 \
      va_start(rest, flags);                                        \
      mode = va_arg(rest, mode_t);                                  \
      va_end(rest);                                                 \
    }                                                               \
    if (writes(flags)) record_path(folder, path);                   \
    return REAL(name)(folder, path, flags, mode);                   \
  }
#define CREAT(name)                                                 \
  int name(const char *path, mode_t mode) {                         \
    record_path(AT_FDCWD, path);                                    \
    return REAL(name)(path, mode);                                  \
  }
#define FOPEN(name)                                                 \
  FILE *name(const char *path, const char *mode) {                  \
    if (strpbrk(mode, "wa+") != NULL) record_path(AT_FDCWD, path);  \
    return REAL(name)(path, mode);                                  \
  }
// Their template becomes the path.
#define TEMPORARY(type, name, failed, parameters, arguments)        \
  type name parameters {                                            \
    type made = REAL(name) arguments;                               \
    if (made != failed) record_path(AT_FDCWD, path);                \
    return made;                                                    \
  }

OPEN(open)
OPENAT(openat)
CREAT(creat)
FOPEN(fopen)
TEMPORARY(int, mkstemp, -1, (char *path), (path))
TEMPORARY(int, mkostemp, -1, (char *path, int flags), (path, flags))
TEMPORARY(int, mkstemps, -1, (char *path, int suffix), (path, suffix))
TEMPORARY(char *, mkdtemp, NULL, (char *path), (path))

#ifdef __GLIBC__
OPEN(open64)
OPENAT(openat64)
CREAT(creat64)
FOPEN(fopen64)
TEMPORARY(int, mkstemp64, -1, (char *path), (path))
TEMPORARY(int, mkostemp64, -1, (char *path, int flags), (path, flags))

// What `open` becomes in programs compiled with _FORTIFY_SOURCE.
#define OPEN_2(name)                                                \
  int name(const char *path, int flags);                            \
  int name(const char *path, int flags) {                           \
    if (writes(flags)) record_path(AT_FDCWD, path);                 \
    return REAL(name)(path, flags);                                 \
  }
OPEN_2(__open_2)
OPEN_2(__open64_2)
#endif

int shm_open(const char *name, int flags, mode_t mode) {
  if (writes(flags)) {
    char path[4100];
    snprintf(path, sizeof path, "/dev/shm/%s", name);
    record_path(AT_FDCWD, path);
  }
  return REAL(shm_open)(name, flags, mode);
}

// Only where one is made: whoever makes a path asks for every folder above it.
int mkdir(const char *path, mode_t mode) {
  int result = REAL(mkdir)(path, mode);
  if (result == 0) record_path(AT_FDCWD, path);
  return result;
}

int mkdirat(int folder, const char *path, mode_t mode) {
  int result = REAL(mkdirat)(folder, path, mode);
  if (result == 0) record_path(folder, path);
  return result;
}

int rename(const char *from, const char *to) {
  record_path(AT_FDCWD, to);
  return REAL(rename)(from, to);
}

int renameat(int from_folder, const char *from, int to_folder, const char *to) {
  record_path(to_folder, to);
  return REAL(renameat)(from_folder, from, to_folder, to);
}

int link(const char *from, const char *to) {
  record_path(AT_FDCWD, to);
  return REAL(link)(from, to);
}

int symlink(const char *from, const char *to) {
  record_path(AT_FDCWD, to);
  return REAL(symlink)(from, to);
}

int truncate(const char *path, off_t length) {
  record_path(AT_FDCWD, path);
  return REAL(truncate)(path, length);
}
