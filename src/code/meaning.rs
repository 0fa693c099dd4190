//! What a call means, as the tables of the languages say it.

/// Where a call finds a value.
#[derive(Debug, Clone, Copy)]
pub(super) enum From {
    /// Among its arguments: at a position, or under one of these names.
    Argument(usize, &'static [&'static str]),
    /// Among the arguments of the call that made the object it is called on.
    Receiver(usize, &'static [&'static str]),
    /// The object it is called on.
    Itself,
}

/// What a call does.
#[derive(Debug, Clone, Copy)]
pub(super) enum Meaning {
    /// Hands a text to a shell.
    Shell(From),
    /// Runs a program: one text is for a shell, a list or several texts are program and arguments.
    Command(usize),
    /// Runs a program given by name, with its arguments behind it or in a list.
    Program(usize),
    /// Runs a program whose arguments begin with its own name once more (`execlp`).
    ProgramAndName(usize),
    /// Runs a program given as one text of words that no shell reads, or as words.
    WordsProgram(usize),
    /// Sends an HTTP request to a URL, or to what a map says of host, port and path.
    Http(From),
    /// Sends an HTTP request to the host and port its object was made for, with this argument as the path.
    HttpPath(usize),
    /// Connects to host and port: a pair, or two arguments.
    Connect(usize),
    /// Sends its arguments over the connection at this one.
    SendTo(usize),
    /// Reads a file.
    Read(From),
    /// Opens a file or a command, as Perl and Ruby do.
    Open,
    /// Runs a text as code of the same language.
    Eval(From),
    /// Makes a client of the AWS service that an argument names.
    AwsClient(From),
    /// Fetches a secret of AWS Secrets Manager, its id among the arguments.
    Secret(From),
    /// Sends the AWS request whose operation is the first argument here, its parameters the next.
    AwsRequest(usize),
    /// Sends an AWS request described by named arguments: service, operation, region, parameters.
    AwsDescribed,
    /// Reaches a member whose name is the argument here, of the object at the first argument or of its own.
    Member(usize),
    /// Calls the method named by the argument here.
    Send(usize),
    /// Loads a module by name.
    Module,
    /// Parses JSON.
    Json,
    /// Runs the program of this name with the arguments.
    ProgramNamed(&'static str),
    /// Runs the text that it is a method of, as words (Groovy's `"ls".execute()`).
    TextProgram,
    /// `system2(command, args)` of R: words in a text, or in a list.
    RSystem2,
    /// Sets an option of a curl handle, which may be the URL.
    CurlOption,
    /// Makes an object that is known by its arguments alone.
    Constructed,
    /// Gives the object it is called on, or its first argument.
    Itself,
    /// Gives its first argument.
    Same,
    /// `new URL(path, base)`.
    UrlOf,
    /// Calls the function it is a method of, without its first argument.
    Rebound,
    /// Calls the function it is a method of, or its first argument, with the list that is its last.
    Applied,
    /// Calls the function it was made of, with what it was made with and its own arguments.
    CallPartial,
    /// Calls the method it was made of on its first argument (`operator.methodcaller`).
    CallNamed,
    /// Reaches the member it was made of in its first argument (`operator.attrgetter`).
    MemberNamed,
    /// Calls the function of this name (`Kernel#send` without an object).
    CallByName,
    /// Is the function of the name at the argument here.
    FunctionNamed,
    /// Calls what it is a method of, with all its arguments.
    CallItself,
    /// Calls the method that a pair of object and name stands for, or the function of that name.
    CallArray,
    /// A URL, or host and path and port, as `Net::HTTP.get` has them.
    NetHttp,
    /// Opens a connection to host and port that requests are sent on later.
    HttpHost,
    /// Makes a request to a URL, where the argument is one; a bare path is completed by a later call.
    HttpOf(usize),
    /// Reads a file, or a URL where the name is one.
    FileOrUrl,
    /// Makes a client of this AWS service.
    AwsSelf(&'static str),
    /// Opens a database whose driver fetches the password from AWS Secrets Manager.
    AwsJdbc,
}

/// One row of a language's table: the paths, and what a call of them means.
pub(super) type Row = (&'static str, Meaning);
