/* OpenSSL's libcrypto, which libcurl brings along: what verifying and opening a webhook needs of it. */
#ifndef I2V_CCRYPTO_SHIM_H
#define I2V_CCRYPTO_SHIM_H

#include <openssl/crypto.h>
#include <openssl/evp.h>

enum { I2V_SHA1_SIZE = 20, I2V_AES_BLOCK = 16 };

/* Writes 20 bytes; false when libcrypto refuses. */
static inline int i2v_sha1(const void *data, size_t length, unsigned char *digest)
{
    return EVP_Digest(data, length, digest, NULL, EVP_sha1(), NULL) == 1;
}

/* Takes the same time wherever the bytes differ. */
static inline int i2v_equal(const void *one, const void *other, size_t length)
{
    return CRYPTO_memcmp(one, other, length) == 0;
}

/* Opens AES-CBC with PKCS#7 padding into a buffer as long as the input. Gives the plain text's length; -1 for a
 * key that is not 16, 24 or 32 bytes long, and for everything that is wrong with the input. */
static inline int i2v_aes_cbc_open(const unsigned char *key, int key_length, const unsigned char *vector,
                                   const unsigned char *input, int length, unsigned char *output)
{
    const EVP_CIPHER *cipher = key_length == 16   ? EVP_aes_128_cbc()
                               : key_length == 24 ? EVP_aes_192_cbc()
                               : key_length == 32 ? EVP_aes_256_cbc()
                                                  : NULL;
    EVP_CIPHER_CTX *context = cipher == NULL ? NULL : EVP_CIPHER_CTX_new();
    int first = 0, last = 0, result = -1;
    if (context == NULL) return -1;
    if (EVP_DecryptInit_ex(context, cipher, NULL, key, vector) == 1
        && EVP_DecryptUpdate(context, output, &first, input, length) == 1
        && EVP_DecryptFinal_ex(context, output + first, &last) == 1)
        result = first + last;
    EVP_CIPHER_CTX_free(context);
    return result;
}

#endif
