/*
 * Debian's libxml2 from 2.9.14+dfsg-1.3~deb12u2 on ignores the version 1
 * callbacks of a handler that is marked as version 2, which is what SIPE 1.25.0
 * passes: every document then looks empty to it, and a client signs in and shows
 * no rooms. This stands in front of libxml2's own function and takes the mark
 * off. It is linked into the driver; `make pidgin-fix` makes of it a library for
 * LD_PRELOAD, for Pidgin and Finch.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <libxml/parser.h>

__attribute__((visibility("default")))
int xmlSAXUserParseMemory(xmlSAXHandlerPtr sax, void *data, const char *text, int size)
{
	int (*next)(xmlSAXHandlerPtr, void *, const char *, int) = dlsym(RTLD_NEXT, "xmlSAXUserParseMemory");
	xmlSAXHandler copy;

	if (!next)
		return -1;
	if (!sax || sax->initialized != XML_SAX2_MAGIC || !sax->startElement || sax->startElementNs)
		return next(sax, data, text, size);
	copy = *sax;
	copy.initialized = 1;
	return next(&copy, data, text, size);
}
