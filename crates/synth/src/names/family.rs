//! Family names by heritage, the commonest first, and the parts from which the long tail of rare ones is made.
//!
//! In: nothing. Out: constant tables. Apostrophes, hyphens, spaces, diacritics and double-barrelled names are here on purpose: they are
//! where two custodians' spellings part.
//! Absent on purpose: counts of real people. The lists and their order are our own, written from general knowledge.

/// English names (some of them common all over Britain).
pub(crate) const ENGLISH: &[&str] = &[
    "Smith", "Jones", "Taylor", "Brown", "Williams", "Wilson", "Johnson", "Davies", "Robinson", "Wright",
    "Thompson", "Evans", "Walker", "White", "Roberts", "Green", "Hall", "Wood", "Jackson", "Clarke", "Harris",
    "Clark", "Turner", "Cooper", "Hill", "Ward", "Moore", "Harrison", "King", "Baker", "Watson", "Allen",
    "Bennett", "Cook", "Parker", "Shaw", "Carter", "Young", "Mitchell", "Richardson", "Bailey", "Phillips",
    "Marshall", "Lee", "Collins", "Cox", "Miller", "Ellis", "Wilkinson", "Foster", "Simpson", "Chapman",
    "Mason", "Webb", "Rogers", "Hunt", "Gibson", "Mills", "Palmer", "Holmes", "Barker", "Barnes", "Knight",
    "Butler", "Stevens", "Fisher", "Matthews", "Dixon", "Pearson", "Fletcher", "Jenkins", "Russell", "Day",
    "Harvey", "Andrews", "Howard", "Reynolds", "Saunders", "Lawrence", "Hughes", "Edwards", "Adams", "Hunter",
    "Wells", "Fox", "Rose", "Stone", "Ford", "West", "Cole", "Brooks", "Gardner", "Gregory", "Payne",
    "Atkinson", "Burton", "Lowe", "Dawson", "Hart", "Booth", "Bradley", "Newman", "Spencer", "Austin",
    "Bates", "Hopkins", "Watts", "Cross", "Pearce", "Perry", "Nicholson", "Carr", "Hudson", "Wheeler", "Lane",
    "Francis", "Willis", "Stephenson", "Barrett", "Bird", "Bishop", "Bolton", "Briggs", "Burgess", "Burke",
    "Chambers", "Coates", "Crawshaw", "Curtis", "Dean", "Denton", "Doyle", "Dyson", "Farrell", "Fawcett",
    "Fenwick", "Field", "Fowler", "Freeman", "French", "Frost", "Garner", "Gilbert", "Goddard", "Goodwin",
    "Gough", "Greenwood", "Hammond", "Hancock", "Hardy", "Harper", "Hawkins", "Haynes", "Hayward", "Heath",
    "Hewitt", "Higgins", "Hobbs", "Holden", "Holland", "Hooper", "Horton", "Howe", "Hutchinson", "Ingram",
    "Iles", "Jarvis", "Johnston", "Kemp", "Kirk", "Kirkby", "Lamb", "Lambert", "Leach", "Little", "Long",
    "Lucas", "Lynch", "Mann", "Manning", "Marsh", "May", "Metcalfe", "Middleton", "Morley", "Moss", "Naylor",
    "Nash", "Nelson", "Newton", "Nixon", "Norman", "Norris", "North", "Norton", "Oliver", "Osborne", "Page",
    "Parkin", "Parkinson", "Parsons", "Pashley", "Peacock", "Perkins", "Pickering", "Pollard", "Poole",
    "Porter", "Potter", "Pratt", "Preston", "Quinn", "Ramsden", "Randall", "Read", "Reeves", "Rhodes",
    "Riley", "Robson", "Rowe", "Rowley", "Sanderson", "Savage", "Schofield", "Sharp", "Shepherd", "Short",
    "Simmons", "Skinner", "Slater", "Smart", "Sparks", "Stokes", "Storey", "Sutton", "Swift", "Sykes",
    "Talbot", "Thornton", "Thorpe", "Todd", "Tomlinson", "Townsend", "Tucker", "Turnbull", "Vickers",
    "Vincent", "Wade", "Wallis", "Walsh", "Walton", "Warner", "Warren", "Waters", "Weston", "Whitaker",
    "Whitehead", "Wilcox", "Winter", "Woods", "Woodward", "Yates", "Abbott", "Akester", "Appleyard", "Arnold",
    "Ashton", "Bannister", "Barlow", "Barton", "Baxter", "Bell", "Benson", "Bentley", "Berry", "Birch",
    "Blackburn", "Blake", "Bond", "Bowen", "Boyce", "Brewer", "Bright", "Bryan", "Bull", "Byrne",
    "Cartwright", "Charlton", "Clayton", "Clements", "Conway", "Cooke", "Copley", "Cowling", "Crowther",
    "Dale", "Daniels", "Dobson", "Drewery", "Drury", "Elliott", "Emmerson", "English", "Farmer", "Finch",
    "Flint", "Flowers", "Forster", "Franklin", "Gibbons", "Giles", "Glover", "Grimshaw", "Grantham", "Hallam",
    "Harding", "Hargreaves", "Hawley", "Hodgson", "Horner", "Houghton", "Ibbotson", "Jeffery", "Kay",
    "Kendall", "Kitchen", "Laming", "Leeming", "Lister", "Lockwood", "Mallinson", "Marsden", "Mumby",
    "Nuttall", "Ogden", "Oldfield", "Pettit", "Pinder", "Procter", "Proctor", "Rawson", "Redfern", "Sellars",
    "Sergeant", "Sizer", "Stamp", "Stathers", "Swaby", "Tasker", "Tuxworth", "Ullyatt", "Vessey", "Wakefield",
    "Waring", "Whiteley", "Wigglesworth", "Wray", "Yarborough", "Smith-Jones", "Taylor-Brown", "Parker-Bowes",
    "Wright-Hill", "Hall-Moore", "de Vere", "St John", "D'Arcy", "D'Eath", "Brontë",
];

/// Scottish names.
pub(crate) const SCOTTISH: &[&str] = &[
    "Campbell", "Stewart", "Robertson", "Thomson", "Anderson", "MacDonald", "McDonald", "Scott", "Reid",
    "Murray", "Morrison", "Ross", "Graham", "Kerr", "Hamilton", "Johnstone", "Fraser", "Grant", "Ferguson",
    "MacLeod", "McLeod", "Mackenzie", "McKenzie", "Gordon", "Duncan", "Henderson", "Wallace", "Sutherland",
    "Sinclair", "Craig", "Munro", "McMillan", "MacMillan", "McLean", "MacLean", "McIntosh", "MacKay", "McKay",
    "McGregor", "Cameron", "Buchanan", "Crawford", "Cunningham", "Drummond", "Forbes", "Gillespie", "Irvine",
    "Kennedy", "Lindsay", "McArthur", "McCulloch", "McFarlane", "McIntyre", "McKinnon", "McPherson", "Muir",
    "Paterson", "Rennie", "Urquhart", "Mac Donald", "Mc Kenzie", "Carmichael", "Dalgleish", "Farquharson",
    "Colquhoun", "Menzies", "Dalziel",
];

/// Irish names.
pub(crate) const IRISH: &[&str] = &[
    "Murphy", "Kelly", "O'Brien", "Ryan", "O'Connor", "O'Neill", "Byrne", "O'Reilly", "Doherty", "Gallagher",
    "McCarthy", "Kennedy", "Murray", "Quinn", "Moran", "O'Sullivan", "Sullivan", "Connolly", "Daly",
    "Brennan", "Burns", "Collins", "O'Donnell", "Dunne", "Fitzgerald", "Fitzpatrick", "Flynn", "Foley",
    "Healy", "Higgins", "Hogan", "Kavanagh", "Keane", "Maguire", "Maher", "McGrath", "McLaughlin", "McKenna",
    "McNamara", "Nolan", "O'Callaghan", "O'Hara", "O'Keeffe", "O'Leary", "O'Mahony", "O'Rourke", "O'Shea",
    "O'Toole", "O'Dwyer", "Power", "Rafferty", "Reilly", "Sheehan", "Sweeney", "Tierney", "Whelan",
    "Ó Briain", "Ní Dhomhnaill", "McGuinness", "McMahon", "Conlon", "Corrigan", "Cassidy", "Brady", "Boyle",
];

/// Welsh names.
pub(crate) const WELSH: &[&str] = &[
    "Jones", "Davies", "Williams", "Evans", "Thomas", "Roberts", "Lewis", "Hughes", "Morgan", "Griffiths",
    "Edwards", "Owen", "James", "Rees", "Price", "Jenkins", "Morris", "Richards", "Lloyd", "Phillips",
    "Parry", "Powell", "Howells", "Harries", "Bowen", "Pugh", "Pritchard", "Probert", "Vaughan", "Llewellyn",
    "Llewelyn", "Gwynne", "Bevan", "Beynon", "Prosser", "Watkins", "Humphreys", "Ellis", "Tudor", "Prydderch",
    "ap Rhys", "ap Dafydd", "Meredith", "Maddox", "Gittins", "Penry", "Cadwallader", "Eynon",
];

/// South Asian names.
pub(crate) const SOUTH_ASIAN: &[&str] = &[
    "Khan", "Patel", "Singh", "Ahmed", "Hussain", "Ali", "Begum", "Kaur", "Akhtar", "Shah", "Mohammed",
    "Iqbal", "Mahmood", "Malik", "Hassan", "Miah", "Rahman", "Choudhury", "Chowdhury", "Uddin", "Islam",
    "Bibi", "Khatun", "Sharma", "Kumar", "Gill", "Mistry", "Desai", "Mehta", "Joshi", "Sandhu", "Dhillon",
    "Sidhu", "Grewal", "Bains", "Chauhan", "Parmar", "Solanki", "Rashid", "Rehman", "Mirza", "Qureshi",
    "Siddiqui", "Ansari", "Bhatti", "Butt", "Chaudhry", "Dar", "Farooq", "Ghafoor", "Hanif", "Javed",
    "Khalid", "Latif", "Masood", "Nawaz", "Parveen", "Raja", "Saleem", "Tariq", "Yaqub", "Zaman", "Nair",
    "Menon", "Pillai", "Reddy", "Rao", "Iyer", "Krishnan", "Fernando", "Perera", "Silva", "Banerjee", "Das",
    "Dutta", "Ghosh", "Mukherjee", "Sen", "Thapa", "Gurung", "Rai", "ul-Haq", "ur-Rehman", "Abdul Rahman",
    "Atwal", "Dosanjh",
];

/// Polish and other East European names.
pub(crate) const EAST_EUROPEAN: &[&str] = &[
    "Nowak", "Kowalski", "Wiśniewski", "Wójcik", "Kowalczyk", "Kamiński", "Lewandowski", "Zieliński",
    "Szymański", "Woźniak", "Dąbrowski", "Kozłowski", "Jankowski", "Mazur", "Wojciechowski", "Kwiatkowski",
    "Krawczyk", "Kaczmarek", "Piotrowski", "Grabowski", "Zając", "Pawłowski", "Michalski", "Król",
    "Wieczorek", "Jabłoński", "Wróbel", "Nowakowski", "Majewski", "Olszewski", "Stępień", "Malinowski",
    "Jaworski", "Adamczyk", "Dudek", "Nowicki", "Pawlak", "Górski", "Witkowski", "Walczak", "Sikora", "Baran",
    "Rutkowski", "Michalak", "Szewczyk", "Ostrowski", "Tomaszewski", "Pietrzak", "Popescu", "Ionescu", "Popa",
    "Dumitru", "Stan", "Munteanu", "Rusu", "Kazlauskas", "Petrauskas", "Jankauskas", "Bērziņš", "Kalniņš",
    "Ozoliņš", "Novák", "Svoboda", "Dvořák", "Horváth", "Kováč", "Nagy", "Szabó", "Tóth", "Ivanov", "Petrov",
    "Shevchenko", "Kovalenko", "Bondarenko", "Tkachenko", "Jović",
];

/// African and Caribbean names.
pub(crate) const AFRICAN: &[&str] = &[
    "Mensah", "Okafor", "Adeyemi", "Owusu", "Osei", "Boateng", "Okeke", "Adebayo", "Ibrahim", "Mohamed",
    "Abdi", "Hassan", "Ali", "Asante", "Appiah", "Agyeman", "Amoah", "Antwi", "Opoku", "Sarpong", "Okonkwo",
    "Eze", "Nwosu", "Obi", "Chukwu", "Balogun", "Ogunleye", "Olatunji", "Oyelaran", "Afolabi", "Bello",
    "Musa", "Yusuf", "Warsame", "Farah", "Osman", "Jama", "Moyo", "Ncube", "Sibanda", "Dube", "Chikwanha",
    "Mutasa", "Kamau", "Mwangi", "Njoroge", "Otieno", "Ochieng", "Banda", "Phiri", "Tembo", "Mbeki", "Nkosi",
    "Dlamini", "Diallo", "Traoré", "Koné", "Camara", "N'Diaye", "N'Guessan", "Okoro-Williams", "Adu-Gyamfi",
    "Osei-Tutu", "Sesay", "Kamara", "Conteh", "Bangura", "Samuels", "Grant-Lewis", "Blackwood", "Clarke-Reid",
];

/// Names of any other heritage.
pub(crate) const OTHER: &[&str] = &[
    "Wong", "Chan", "Li", "Chen", "Wang", "Zhang", "Liu", "Lam", "Cheung", "Ho", "Ng", "Tang", "Nguyen",
    "Tran", "Pham", "Santos", "Silva", "Ferreira", "Pereira", "Oliveira", "Gonçalves", "Simões", "Araújo",
    "García", "Fernández", "Muñoz", "Núñez", "López", "Martínez", "Rossi", "Russo", "Esposito", "D'Angelo",
    "De Luca", "Di Stefano", "Yılmaz", "Kaya", "Demir", "Çelik", "Şahin", "Öztürk", "Al-Hassan", "Al Masri",
    "El-Sayed", "Haddad", "Khoury", "Hosseini", "Ahmadi", "Rezaei", "Papadopoulos", "Georgiou",
    "Constantinou", "Müller", "Schröder", "Weiß", "van der Berg", "van Dijk", "de Jong", "Lefèvre",
    "Bélanger", "Kim", "Park", "Tanaka", "Larsen", "Ångström", "Sørensen", "Reyes", "dela Cruz", "Bautista",
    "Goldberg", "Cohen", "Levy",
];

/// First parts of the rare English names: trees, beasts, persons, waters and the like, as place-names have them.
pub(crate) const TAIL_FIRST: &[&str] = &[
    "Ack", "Ad", "Ald", "Aller", "Al", "Apple", "Ard", "Arm", "Ash", "Asp", "Ather", "Aven", "Back", "Bal",
    "Ban", "Bar", "Bark", "Barn", "Bas", "Bea", "Beck", "Bed", "Bent", "Ber", "Bex", "Bick", "Bil", "Birk",
    "Black", "Blen", "Bos", "Brad", "Bram", "Bran", "Bray", "Breck", "Brick", "Bridg", "Bris", "Brock",
    "Brom", "Broom", "Buck", "Bul", "Bur", "Burn", "Cad", "Cal", "Cam", "Can", "Carl", "Cas", "Cat", "Chad",
    "Chal", "Charl", "Chat", "Chel", "Cher", "Chil", "Cob", "Cod", "Col", "Comp", "Cop", "Cor", "Cot", "Cran",
    "Cray", "Crom", "Crow", "Dal", "Dan", "Dar", "Den", "Der", "Dod", "Don", "Dray", "Dud", "Dun", "Earn",
    "East", "Eck", "Eden", "Eg", "El", "Elm", "Esh", "Ever", "Fair", "Far", "Farn", "Fen", "Fern", "Fin",
    "Flax", "Fox", "Frith", "Gal", "Gar", "Gat", "Gos", "Grim", "Had", "Hag", "Hal", "Ham", "Han", "Har",
    "Hart", "Has", "Hat", "Hawk", "Hazel", "Hed", "Hen", "Hol", "Hor", "Hul", "Hunt", "Il", "Ing", "Kel",
    "Ket", "Kil", "King", "Kir", "Knap", "Lam", "Lang", "Lax", "Lin", "Lit", "Lock", "Lud", "Lyd", "Mal",
    "Mar", "Mel", "Mer", "Mid", "Mil", "Mor", "Mos", "Nether", "New", "Nor", "Oak", "Old", "Or", "Os", "Ot",
    "Pad", "Pen", "Pick", "Pil", "Pres", "Rad", "Rain", "Ran", "Raven", "Red", "Ring", "Rock", "Ros", "Roth",
    "Rud", "Rush", "Rys", "Sal", "Sax", "Scar", "Sea", "Sed", "Sel", "Shel", "Ship", "Sil", "Skel", "Stain",
    "Stan", "Stap", "Staver", "Stock", "Strat", "Sud", "Sun", "Swan", "Swin", "Tad", "Tal", "Tan", "Tar",
    "Ted", "Thorn", "Thur", "Til", "Tor", "Tun", "Twy", "Up", "Wad", "Wal", "War", "Wat", "Wel", "Wen",
    "West", "Whit", "Wick", "Wid", "Wil", "Win", "Wis", "Wood", "Wool", "Wor", "Wyn", "Yar",
];

/// Last parts of the rare English names.
pub(crate) const TAIL_LAST: &[&str] = &[
    "ton", "ley", "worth", "son", "ford", "field", "wood", "by", "ham", "well", "combe", "shaw", "den",
    "hurst", "bury", "borough", "thorpe", "wick", "stead", "land", "man", "ridge", "dale", "bourne", "cott",
    "brook", "gate", "house", "more", "croft", "bridge", "beck", "church", "cliffe", "grave", "holme", "lake",
    "mere", "ness", "over", "royd", "sby", "side", "stall", "stone", "stow", "thwaite", "tree", "wall",
    "ward", "water", "way", "with", "wright", "ington", "ingham", "ersley", "erby", "enhall", "sett",
];
