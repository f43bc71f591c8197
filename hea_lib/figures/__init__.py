"""The figures of the book: one function a figure, one module a subject, one house style (:mod:`.style`)."""
