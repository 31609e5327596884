/* A PKCS#11 module that does what SoftHSM does, but for what the file FAULT tells it: what tokens do rarely.
 *
 *   sign HEX     C_SignInit answers with this code
 *   session HEX  C_OpenSession answers with this code
 *   short        a signature of r = 1 and s = 2, without leading zeros
 *   cut          31 bytes of the signature
 *   zeros        a signature of zeros
 *   slow         the signature takes three seconds
 *
 * Each C_Login adds a byte to the file LOGINS. REAL is the module underneath. */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef unsigned long ulong_t;

/* CK_FUNCTION_LIST (PKCS#11 2.40, 3.4): the version, then the functions in their order. */
struct list {
    unsigned char version[2];
    void *functions[68];
};
enum { OPEN_SESSION = 12, LOGIN = 18, SIGN_INIT = 42, SIGN = 43 };

static struct list *real, ours;

static int told(const char *format, unsigned *code) {
    char text[32] = "";
    FILE *file = fopen(FAULT, "r");
    if (file == NULL) return 0;
    if (fgets(text, sizeof text, file) == NULL) text[0] = 0;
    fclose(file);
    return code != NULL ? sscanf(text, format, code) == 1 : strcmp(text, format) == 0;
}

static ulong_t open_session(ulong_t slot, ulong_t flags, void *application, void *notify, ulong_t *session) {
    unsigned code;
    if (told("session %x", &code)) return code;
    return ((ulong_t (*)(ulong_t, ulong_t, void *, void *, ulong_t *))real->functions[OPEN_SESSION])(
        slot, flags, application, notify, session);
}

static ulong_t login(ulong_t session, ulong_t user, unsigned char *pin, ulong_t length) {
    FILE *file = fopen(LOGINS, "a");
    if (file != NULL) {
        fputc('.', file);
        fclose(file);
    }
    return ((ulong_t (*)(ulong_t, ulong_t, unsigned char *, ulong_t))real->functions[LOGIN])(session, user, pin, length);
}

static ulong_t sign_init(ulong_t session, void *mechanism, ulong_t key) {
    unsigned code;
    if (told("sign %x", &code)) return code;
    return ((ulong_t (*)(ulong_t, void *, ulong_t))real->functions[SIGN_INIT])(session, mechanism, key);
}

static ulong_t sign(ulong_t session, unsigned char *data, ulong_t length, unsigned char *signature, ulong_t *bytes) {
    ulong_t result = ((ulong_t (*)(ulong_t, unsigned char *, ulong_t, unsigned char *, ulong_t *))real->functions[SIGN])(
        session, data, length, signature, bytes);
    if (result != 0 || signature == NULL) return result;
    if (told("short", NULL)) {
        signature[0] = 1;
        signature[1] = 2;
        *bytes = 2;
    }
    if (told("cut", NULL)) *bytes = 31;
    if (told("zeros", NULL)) memset(signature, 0, *bytes);
    if (told("slow", NULL)) sleep(3);
    return result;
}

ulong_t C_GetFunctionList(struct list **list) {
    void *library = dlopen(REAL, RTLD_NOW | RTLD_LOCAL);
    ulong_t (*get)(struct list **) = library == NULL ? NULL : (ulong_t (*)(struct list **))dlsym(library, "C_GetFunctionList");
    if (get == NULL || get(&real) != 0) return 5; /* CKR_GENERAL_ERROR */
    ours = *real;
    ours.functions[OPEN_SESSION] = (void *)open_session;
    ours.functions[LOGIN] = (void *)login;
    ours.functions[SIGN_INIT] = (void *)sign_init;
    ours.functions[SIGN] = (void *)sign;
    *list = &ours;
    return 0;
}
