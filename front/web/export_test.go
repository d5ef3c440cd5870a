package web

// FileChanged is what the file service calls when a file's state has changed.
var FileChanged = (*Server).fileChanged
